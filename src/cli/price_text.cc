// SPDX-License-Identifier: Apache-2.0
#include "cli/price_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/decimal.h"
#include "pricing/catalog_price.h"

namespace ringfence {
namespace {

constexpr std::size_t kLabelWidth = 20;
constexpr std::size_t kColumnWidth = 12;

std::string usd(const Rates& rates, Dimension d) {
  if (!rates.has(d)) return "-";
  return format_decimal(rates.get(d), rate_scale(d), 2);
}

std::string_view decides(const ShownPrice& shown) {
  switch (shown.decides) {
    case ShownPrice::Decides::catalog: return "catalog";
    case ShownPrice::Decides::policy: return "policy";
    case ShownPrice::Decides::free_provider: return "free";
  }
  return {};
}

std::string size_text(std::int64_t tokens) { return tokens == 0 ? "-" : std::to_string(tokens); }

std::string_view hidden_text(HiddenOutput hidden) {
  if (hidden == HiddenOutput::none) return "none";
  return hidden == HiddenOutput::some ? "some" : "unknown";
}

std::string day_of(Time time) { return format_rfc3339(time).substr(0, 10); }

// "label   words, words", in as many lines as it takes.
void wrap(std::string& out, std::string_view label, const std::vector<std::string>& words) {
  if (words.empty()) return;
  std::string line = fmt::format("  {:<{}}", label, kLabelWidth);
  const std::size_t indent = line.size();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    if (line.size() > indent && line.size() + 1 + word.size() > kPriceLineMax) {
      out += line + "\n";
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
  }
  out += line + "\n";
}

struct Column {
  std::string tier, above;
  const Rates* rates;
  std::size_t width() const { return std::max({kColumnWidth, tier.size() + 2, above.size() + 2}); }
};

std::vector<Column> columns_of(const Price& price) {
  std::vector<Column> columns{{"standard", "", &price.rates}};
  for (const RateCard& card : price.cards) {
    columns.push_back({card.service_tier.empty() ? "standard" : card.service_tier,
                       card.above_input_tokens == 0
                           ? std::string()
                           : "> " + std::to_string(card.above_input_tokens),
                       &card.rates});
  }
  return columns;
}

bool any_has(std::span<const Column> columns, Dimension d) {
  return std::ranges::any_of(columns, [&](const Column& column) { return column.rates->has(d); });
}

void append_block(std::string& out, std::span<const Column> columns) {
  const auto line = [&](std::string_view label, auto cell) {
    std::string text = fmt::format("  {:<{}}", label, kLabelWidth);
    for (const Column& column : columns) {
      text += fmt::format("{:>{}}", std::string(cell(column)), column.width());
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line("USD", [](const Column& column) { return column.tier; });
  if (std::ranges::any_of(columns, [](const Column& c) { return !c.above.empty(); })) {
    line("  by input tokens", [](const Column& column) { return column.above; });
  }
  for (const bool items : {false, true}) {
    bool first = true;
    for_each_dimension([&](Dimension d) {
      if ((rate_scale(d) != rate_scale(Dimension::input)) != items || !any_has(columns, d)) return;
      if (first) out += items ? "  each\n" : "  per million tokens\n";
      first = false;
      line("  " + std::string(to_string(d)),
           [&](const Column& column) { return usd(*column.rates, d); });
    });
  }
}

void append_rates(std::string& out, const Price& price) {
  const std::vector<Column> columns = columns_of(price);
  for (std::size_t from = 0; from < columns.size();) {
    std::size_t to = from, width = kLabelWidth + 2;
    while (to < columns.size() && (to == from || width + columns[to].width() <= kPriceLineMax)) {
      width += columns[to++].width();
    }
    append_block(out, std::span(columns).subspan(from, to - from));
    from = to;
  }
}

Json rates_json(const Rates& rates) {
  Json json(Json::Object{});
  for_each_dimension([&](Dimension d) {
    if (rates.has(d)) json.set(to_string(d), format_decimal(rates.get(d), rate_scale(d)));
  });
  return json;
}

Json cards_json(const Price& price) {
  Json cards(Json::Array{});
  for (const RateCard& card : price.cards) {
    Json json;
    json.set("service_tier", card.service_tier.empty() ? "standard" : card.service_tier)
        .set("above_input_tokens", card.above_input_tokens)
        .set("usd", rates_json(card.rates));
    cards.push(std::move(json));
  }
  return cards;
}

}  // namespace

std::string price_page(const ShownPrice& shown, const Catalog& catalog) {
  std::string out = shown.name + "\n";
  const std::string_view by = shown.decides == ShownPrice::Decides::catalog ? "the catalog"
                              : shown.decides == ShownPrice::Decides::policy
                                  ? "the policy"
                                  : "the policy: its provider is free";
  wrap(out, "decided by", {std::string(by)});
  if (!shown.served) wrap(out, "served by", {"no provider of the policy"});
  append_rates(out, shown.price);
  wrap(out, "context", {size_text(shown.price.context_tokens)});
  wrap(out, "max_output", {size_text(shown.price.max_output_tokens)});
  wrap(out, "hidden_output", {std::string(hidden_text(shown.price.hidden_output))});
  const CatalogModel* listed = shown.listed;
  if (listed == nullptr) return out;
  std::vector<std::string> names = listed->names;
  if (!shown.name.ends_with("/" + listed->id)) names.insert(names.begin(), listed->id);
  wrap(out, "other names", names);
  if (listed->deprecated) wrap(out, "deprecated", {"yes"});
  if (listed->prices.size() > 1) {
    std::vector<std::string> dates;
    for (const DatedPrice& dated : listed->prices) {
      dates.push_back(fmt::format(
          "{}: {} in, {} out", dated.from == Time{} ? "at first" : "from " + day_of(dated.from),
          usd(dated.price.rates, Dimension::input), usd(dated.price.rates, Dimension::output)));
    }
    wrap(out, "listed by date", dates);
  }
  wrap(out, "listed in", {listed->source + ", as of " + catalog.updated()});
  return out;
}

std::string price_table(const std::vector<ShownPrice>& shown) {
  constexpr std::size_t kNumbersWidth = 3 * 10 + 2 * 11 + 9;
  std::string out;
  const auto line = [&](std::string_view name, auto... cells) {
    // A name too long for its column has a line of its own.
    const std::size_t width = kPriceLineMax - kNumbersWidth;
    if (name.size() >= width) {
      out += std::string(name) + "\n";
      name = {};
    }
    out += fmt::format("{:<{}}{:>10}{:>10}{:>10}{:>11}{:>11}{:>9}\n", name, width, cells...);
  };
  line("USD per million tokens", "input", "cached", "output", "context", "max_output", "decides");
  bool some_cards = false;
  for (const ShownPrice& one : shown) {
    const Rates& rates = one.price.rates;
    some_cards = some_cards || !one.price.cards.empty();
    line(one.name + (one.price.cards.empty() ? "" : " +"), usd(rates, Dimension::input),
         usd(rates, Dimension::cached_input), usd(rates, Dimension::output),
         size_text(one.price.context_tokens), size_text(one.price.max_output_tokens), decides(one));
  }
  if (some_cards)
    out += "+ other rates by input size or service tier: show the model by its name\n";
  return out;
}

Json price_json(const ShownPrice& shown, const Catalog& catalog) {
  const auto size = [](std::int64_t tokens) { return tokens == 0 ? Json() : Json(tokens); };
  Json json;
  json.set("name", shown.name).set("decided_by", decides(shown)).set("served", shown.served);
  json.set("usd", rates_json(shown.price.rates)).set("cards", cards_json(shown.price));
  json.set("context", size(shown.price.context_tokens))
      .set("max_output", size(shown.price.max_output_tokens))
      .set("hidden_output", hidden_text(shown.price.hidden_output));
  if (shown.listed == nullptr) return json.set("catalog", Json());
  Json names(Json::Array{}), dated(Json::Array{});
  for (const std::string& name : shown.listed->names) names.push(name);
  for (const DatedPrice& price : shown.listed->prices) {
    Json one;
    one.set("from", price.from == Time{} ? Json() : Json(day_of(price.from)))
        .set("usd", rates_json(price.price.rates))
        .set("cards", cards_json(price.price));
    dated.push(std::move(one));
  }
  Json listed;
  listed.set("family", shown.listed->family).set("id", shown.listed->id);
  listed.set("names", std::move(names)).set("deprecated", shown.listed->deprecated);
  listed.set("source", shown.listed->source).set("updated", catalog.updated());
  listed.set("prices", std::move(dated));
  return json.set("catalog", std::move(listed));
}

}  // namespace ringfence
