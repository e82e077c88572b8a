// SPDX-License-Identifier: Apache-2.0
#include "policy/price_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "pricing/card_rates.h"

namespace ringfence {
namespace {

// USD per million tokens with six digits is pico-USD per token; USD with twelve is pico-USD.
constexpr int kPicoPerTokenScale = 6;
constexpr int kPicoPerItemScale = 12;
constexpr std::size_t kTierNameMax = 32;

bool is_tokens(Dimension d) { return is_input(d) || is_output(d); }

// All dimensions, and the keys that stand beside them.
Keys keys_with(std::initializer_list<std::string_view> others) {
  Keys keys{.known = others};
  for_each_dimension([&](Dimension d) { keys.known.push_back(to_string(d)); });
  return keys;
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

std::optional<std::int64_t> read_rate(Problems& problems, YamlNode node, Dimension d) {
  const int scale = is_tokens(d) ? kPicoPerTokenScale : kPicoPerItemScale;
  const std::int64_t usd_max = is_tokens(d) ? kUsdPerMillionTokensMax : kUsdPerItemMax;
  if (node.is_scalar()) {
    const auto pico = parse_decimal(node.text(), scale);
    if (pico && *pico >= 0 && *pico <= usd_max * power_of_ten(scale)) return *pico;
  }
  const std::string per = is_tokens(d)           ? "million tokens"
                          : d == Dimension::call ? "call"
                                                 : std::string(to_string(d));
  problems.add(node.mark(),
               fmt::format("found {}; expected a rate in USD per {}: a decimal such as \"2.50\" "
                           "with at most {} digits after the point, up to {}",
                           node.found(), per, scale, usd_max));
  return std::nullopt;
}

// What is stated, and nothing else.
Rates read_rates(Problems& problems, YamlNode map) {
  Rates rates;
  for_each_dimension([&](Dimension d) {
    if (const YamlNode node = value_at(map, to_string(d))) {
      rates.set(d, read_rate(problems, node, d).value_or(0));
    }
  });
  return rates;
}

bool states_any(const Rates& rates) { return rates != Rates(); }

void read_tiers(Problems& problems, YamlNode map, std::string_view service_tier,
                const Rates& standard, Price& price) {
  static const Keys kKeys = keys_with({"above"});
  const YamlNode list = value_at(map, "tiers");
  if (!list) return;
  std::size_t count = 0;
  for_each_item(problems, list, "a list of tiers such as [{above: 200000, input: \"2.50\", …}]",
                [&](YamlNode item) {
                  if (++count > kTiersMax) {
                    if (count == kTiersMax + 1) {
                      problems.add(item.mark(), fmt::format("found more than {} tiers", kTiersMax));
                    }
                    return;
                  }
                  if (!check_map(problems, item, "a tier", kKeys)) return;
                  const YamlNode above = require(problems, item, "above", "above: 200000");
                  const auto tokens =
                      above ? read_count(problems, above, "tokens", {1, kTokensMax}) : std::nullopt;
                  const Rates stated = read_rates(problems, item);
                  if (!states_any(stated)) {
                    problems.add(item.mark(), "found a tier without a rate; expected one or more");
                  }
                  const bool twice = std::ranges::any_of(price.cards, [&](const RateCard& card) {
                    return card.service_tier == service_tier && tokens &&
                           card.above_input_tokens == *tokens;
                  });
                  if (twice) {
                    problems.add(item.mark(), fmt::format("found a second tier above {}", *tokens));
                  }
                  price.cards.push_back({.service_tier = std::string(service_tier),
                                         .above_input_tokens = tokens.value_or(1),
                                         .rates = card_rates(standard, stated)});
                });
}

bool valid_tier_name(std::string_view name) {
  return !name.empty() && name.size() <= kTierNameMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void read_service_tiers(Problems& problems, YamlNode map, Price& price) {
  static const Keys kKeys = keys_with({"tiers"});
  const YamlNode tiers = value_at(map, "service_tiers");
  if (!tiers) return;
  std::size_t count = 0;
  for_each_entry(
      problems, tiers, "a map of service tiers such as {flex: {input: \"1.25\", …}}",
      [&](YamlNode name, YamlNode value) {
        if (++count > kTiersMax) {
          if (count == kTiersMax + 1) {
            problems.add(name.mark(), fmt::format("found more than {} service tiers", kTiersMax));
          }
          return;
        }
        const std::string_view tier = name.text();
        if (!valid_tier_name(tier) || tier == "default" || tier == "standard" || tier == "auto") {
          problems.add(name.mark(), "found " + quoted(tier) +
                                        "; expected a service tier's name such as flex or "
                                        "priority: the standard one has the price's own rates");
          return;
        }
        if (!check_map(problems, value, "a service tier", kKeys)) return;
        const Rates stated = read_rates(problems, value);
        if (!stated.has(Dimension::input) || !stated.has(Dimension::output)) {
          problems.add(name.mark(),
                       "found a service tier without `input` and `output`; expected "
                       "both, so that it is not billed as another");
        }
        const Rates standard = card_rates(price.rates, stated);
        price.cards.push_back(
            {.service_tier = std::string(tier), .above_input_tokens = 0, .rates = standard});
        read_tiers(problems, value, tier, standard, price);
      });
}

// What no rate says must not come out as free of charge.
void check_standard(Problems& problems, YamlNode key, const Rates& stated, YamlNode map) {
  const bool both = stated.has(Dimension::input) && stated.has(Dimension::output);
  bool tokens = false;
  for_each_dimension([&](Dimension d) { tokens = tokens || (is_tokens(d) && stated.has(d)); });
  if (tokens && !both) {
    problems.add(key.mark(),
                 "found one of `input` and `output` without the other; expected both, "
                 "\"0\" where tokens of a kind cost nothing");
  } else if (!both && !stated.has(Dimension::call)) {
    problems.add(key.mark(), "found no rate; expected `input` and `output`, or `call`");
  } else if (!both && (value_at(map, "tiers") || value_at(map, "service_tiers"))) {
    problems.add(key.mark(), "found tiers of a price per call; expected `input` and `output`");
  }
}

}  // namespace

Price read_price(Problems& problems, YamlNode key, YamlNode map, bool free) {
  static const Keys kKeys = [] {
    Keys keys = keys_with({"tiers", "service_tiers", "context", "max_output", "hidden_output"});
    keys.later = {"batch", "image", "audio"};
    return keys;
  }();
  Price price;
  if (!check_map(problems, map, "a price", kKeys)) return price;
  const Rates stated = read_rates(problems, map);
  price.rates = complete_rates(stated);
  read_tiers(problems, map, "", price.rates, price);
  read_service_tiers(problems, map, price);
  if (free && price.costs()) {
    problems.add(key.mark(),
                 "found a price for a model of a free provider; expected only "
                 "`context`, `max_output` and `hidden_output`");
  } else if (!free) {
    check_standard(problems, key, stated, map);
  }
  if (const YamlNode node = value_at(map, "context")) {
    price.context_tokens = read_count(problems, node, "tokens", {1, kTokensMax}).value_or(0);
  }
  if (const YamlNode node = value_at(map, "max_output")) {
    price.max_output_tokens = read_count(problems, node, "tokens", {1, kTokensMax}).value_or(0);
  }
  if (const YamlNode node = value_at(map, "hidden_output")) {
    const std::string_view word = node.is_scalar() ? node.text() : std::string_view();
    if (word != "none" && word != "some") {
      problems.add(node.mark(), "found " + node.found() + "; expected none or some");
    }
    price.hidden_output = word == "none" ? HiddenOutput::none : HiddenOutput::some;
  }
  return price;
}

}  // namespace ringfence
