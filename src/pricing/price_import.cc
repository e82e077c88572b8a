// SPDX-License-Identifier: Apache-2.0
#include "pricing/price_import.h"

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "base/decimal.h"
#include "pricing/price_table.h"

namespace ringfence {
namespace {

// A size's card has what it does not state from the next smaller one: a policy would take it from
// the standard rates, which can be cheaper.
void inherit_sizes(Price& price) {
  std::ranges::sort(price.cards, {}, [](const RateCard& card) {
    return std::pair(std::string_view(card.service_tier), card.above_input_tokens);
  });
  for (std::size_t i = 1; i < price.cards.size(); ++i) {
    const RateCard& below = price.cards[i - 1];
    RateCard& card = price.cards[i];
    if (card.service_tier != below.service_tier || below.above_input_tokens == 0) continue;
    for_each_dimension([&](Dimension d) {
      if (!card.rates.has(d) && below.rates.has(d)) card.rates.set(d, below.rates.get(d));
    });
  }
}

PriceTable kind_of(const Json& json) {
  if (json.array() != nullptr) return PriceTable::genai_prices;
  for (const auto& [key, value] : *json.object()) {
    if (value.find("models") != nullptr) return PriceTable::models_dev;
  }
  return PriceTable::litellm;
}

}  // namespace

std::optional<Dimension> dimension_named(std::span<const NamedDimension> names,
                                         std::string_view name) {
  const auto found = std::ranges::find(names, name, &NamedDimension::first);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

std::string_view number_text(const Json& value) {
  return value.number() == nullptr ? std::string_view() : std::string_view(value.number()->text);
}

std::int64_t table_size(const Json& object, std::string_view member) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const Json* value = object.find(member);
  const auto size = value == nullptr ? std::nullopt : value->integer();
  return size.value_or(0) > 0 && *size <= kMost ? *size : 0;
}

Rates& card_of(Price& price, std::string_view tier, std::int64_t above) {
  if (tier.empty() && above == 0) return price.rates;
  for (RateCard& card : price.cards) {
    if (card.service_tier == tier && card.above_input_tokens == above) return card.rates;
  }
  price.cards.push_back(
      {.service_tier = std::string(tier), .above_input_tokens = above, .rates = {}});
  return price.cards.back().rates;
}

void PriceTableReader::left_out(const ImportedPrice& of, std::string_view why) {
  table_.left_out.push_back(of.provider + "/" + of.model + ": " + std::string(why));
}

void PriceTableReader::rate(ImportedPrice& of, Rates& rates, Dimension d, std::string_view number,
                            int scale) {
  const bool tokens = is_input(d) || is_output(d);
  const std::int64_t most = tokens ? 1'000'000'000'000 : 1'000'000'000'000'000'000;
  const auto pico = scaled_up(number, scale);
  if (pico && *pico <= most) {
    rates.set(d, *pico);
    return;
  }
  spoiled_ = true;
  left_out(of, std::string(to_string(d)) + " is no rate");
}

// A service tier without the usual rates, or a size of such a tier, is none that a policy can have.
void PriceTableReader::drop_odd_cards(ImportedPrice& of) {
  std::erase_if(of.price.cards, [](const RateCard& card) { return card.rates == Rates(); });
  std::erase_if(of.price.cards, [&](const RateCard& card) {
    if (card.service_tier.empty()) return false;
    const bool whole = std::ranges::any_of(of.price.cards, [&](const RateCard& base) {
      return base.service_tier == card.service_tier && base.above_input_tokens == 0 &&
             base.rates.has(Dimension::input) && base.rates.has(Dimension::output);
    });
    if (!whole)
      left_out(of, "the tier " + card.service_tier + " has no rates for input and output");
    return !whole;
  });
}

void PriceTableReader::keep(ImportedPrice of) {
  if (std::exchange(spoiled_, false)) return;
  inherit_sizes(of.price);
  const Rates& rates = of.price.rates;
  const bool tokens = rates.has(Dimension::input) && rates.has(Dimension::output);
  bool some = false;
  for_each_dimension(
      [&](Dimension d) { some = some || (rates.has(d) && (is_input(d) || is_output(d))); });
  if (tokens ? !of.price.costs() : (some || !rates.has(Dimension::call))) {
    return left_out(
        of, tokens ? "every rate is 0; a provider can be `free`" : "no rates for input and output");
  }
  drop_odd_cards(of);
  constexpr std::size_t kCardsMax = 16;
  if (of.price.cards.size() > kCardsMax) return left_out(of, "more tiers than a policy takes");
  const bool plain = std::ranges::all_of(of.provider, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
  const bool pattern = std::ranges::any_of(of.model, [](char c) {
    return c == '*' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!plain || of.provider.empty() || of.model.empty() || pattern) {
    return left_out(of, "no name that a policy can have");
  }
  std::string key = of.provider + "/" + of.model;
  for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto [first, added] = by_key_.emplace(key, table_.prices.size());
  if (!added) {
    ImportedPrice& known = table_.prices[first->second];
    if (known.price.rates == of.price.rates && known.price.cards == of.price.cards) return;
    for_each_dimension([&](Dimension d) {
      const Rates& other = of.price.rates;
      Rates& kept = known.price.rates;
      if (other.has(d)) kept.set(d, std::max(kept.get(d), other.get(d)));
    });
    return left_out(of, "a second price: the dearer of each rate stands");
  }
  table_.prices.push_back(std::move(of));
}

std::optional<std::int64_t> scaled_up(std::string_view number, int scale) {
  constexpr int kExponentMax = 30;
  const std::size_t e = number.find_first_of("eE");
  std::string_view mantissa = number.substr(0, e);
  int exponent = scale;
  if (e != std::string_view::npos) {
    std::string_view digits = number.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int stated = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), stated);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
    if (stated > kExponentMax || stated < -kExponentMax) return std::nullopt;
    exponent += stated;
  }
  const std::size_t point = mantissa.find('.');
  std::string digits(mantissa.substr(0, point));
  if (point != std::string_view::npos) {
    digits += mantissa.substr(point + 1);
    exponent -= static_cast<int>(mantissa.size() - point - 1);
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  if (exponent > 0) digits.append(static_cast<std::size_t>(exponent), '0');
  bool more = false;
  for (; exponent < 0; ++exponent) {
    if (digits.empty()) continue;
    more = more || digits.back() != '0';
    digits.pop_back();
  }
  digits.erase(0, digits.find_first_not_of('0'));
  const auto whole = digits.empty() ? Result<std::int64_t>(0) : parse_decimal(digits, 0);
  if (!whole) return std::nullopt;
  return saturating_add(*whole, more ? 1 : 0);
}

Result<ImportedTable> import_prices(std::string_view text, std::optional<PriceTable> kind,
                                    Time at) {
  if (text.size() > kPriceTableMax) {
    return fail(ErrorCode::too_large, "a table of at most 32 MiB was expected");
  }
  const auto json = Json::parse(text);
  if (!json) return std::unexpected(json.error());
  if (json->array() == nullptr && json->object() == nullptr) {
    return invalid("the table of genai-prices, LiteLLM or models.dev was expected");
  }
  const PriceTable table = kind.value_or(kind_of(*json));
  if ((table == PriceTable::genai_prices) != (json->array() != nullptr)) {
    return invalid("genai-prices is a JSON array, LiteLLM's and models.dev's tables are objects");
  }
  PriceTableReader reader(at);
  if (const Json::Array* providers = json->array()) {
    for (const Json& item : *providers) {
      const Json* id = item.find("id");
      if (id == nullptr || id->string() == nullptr) return invalid("each provider needs an id");
      reader.genai(item, *id->string());
    }
    return reader.take();
  }
  for (const auto& [key, value] : *json->object()) {
    if (table == PriceTable::litellm) {
      if (value.object() != nullptr) reader.litellm(key, value);
    } else {
      reader.models_dev(value, key);
    }
  }
  return reader.take();
}

}  // namespace ringfence
