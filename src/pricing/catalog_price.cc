// SPDX-License-Identifier: Apache-2.0
#include "pricing/catalog_price.h"

#include <optional>

#include "base/decimal.h"
#include "pricing/card_rates.h"

namespace ringfence {
namespace {

constexpr std::int64_t kSizeMax = 1'000'000'000;

std::optional<Dimension> dimension_named(std::string_view name) {
  std::optional<Dimension> found;
  for_each_dimension([&](Dimension d) {
    if (to_string(d) == name) found = d;
  });
  return found;
}

// The rates of an object; its other members must be among `others`.
Result<Rates> read_rates(const Json& object, std::initializer_list<std::string_view> others) {
  if (object.object() == nullptr) return invalid("a price is no object");
  Rates rates;
  for (const auto& [name, value] : *object.object()) {
    const auto dimension = dimension_named(name);
    if (!dimension) {
      if (std::ranges::find(others, name) == others.end()) return invalid("unknown member " + name);
      continue;
    }
    const auto pico = value.string() == nullptr
                          ? Result<std::int64_t>(invalid("a rate is no text"))
                          : parse_decimal(*value.string(), rate_scale(*dimension));
    if (!pico || *pico < 0) return invalid("the rate of " + name + " is no exact decimal");
    rates.set(*dimension, *pico);
  }
  return rates;
}

Result<std::int64_t> read_size(const Json& object, std::string_view name) {
  const Json* value = object.find(name);
  if (value == nullptr) return 0;
  const auto size = value->integer();
  if (!size || *size < 1 || *size > kSizeMax) return invalid(std::string(name) + " is no size");
  return *size;
}

// The cards for longer inputs of one service tier, above its own `standard`.
Result<void> read_tiers(const Json& object, std::string_view service_tier, const Rates& standard,
                        Price& price) {
  const Json* tiers = object.find("tiers");
  if (tiers == nullptr) return {};
  if (tiers->array() == nullptr) return invalid("`tiers` is no list");
  for (const Json& tier : *tiers->array()) {
    const auto rates = read_rates(tier, {"above"});
    if (!rates) return std::unexpected(rates.error());
    const auto above = read_size(tier, "above");
    if (!above || *above == 0) return invalid("a tier says not above what");
    price.cards.push_back({.service_tier = std::string(service_tier),
                           .above_input_tokens = *above,
                           .rates = card_rates(standard, *rates)});
  }
  return {};
}

Result<Price> read_price(const Json& object) {
  Price price;
  const auto rates = read_rates(object, {"from", "tiers", "service_tiers"});
  if (!rates) return std::unexpected(rates.error());
  price.rates = complete_rates(*rates);
  if (auto read = read_tiers(object, "", price.rates, price); !read) {
    return std::unexpected(read.error());
  }
  const Json* service_tiers = object.find("service_tiers");
  if (service_tiers == nullptr) return price;
  if (service_tiers->object() == nullptr) return invalid("`service_tiers` is no map");
  for (const auto& [name, card] : *service_tiers->object()) {
    const auto stated = read_rates(card, {"tiers"});
    if (!stated) return std::unexpected(stated.error());
    const Rates standard = card_rates(price.rates, *stated);
    price.cards.push_back({.service_tier = name, .above_input_tokens = 0, .rates = standard});
    if (auto read = read_tiers(card, name, standard, price); !read) {
      return std::unexpected(read.error());
    }
  }
  return price;
}

Result<HiddenOutput> read_hidden(const Json& model) {
  const Json* value = model.find("hidden_output");
  if (value == nullptr) return HiddenOutput::unknown;
  if (value->string() != nullptr && *value->string() == "none") return HiddenOutput::none;
  if (value->string() != nullptr && *value->string() == "some") return HiddenOutput::some;
  return invalid("`hidden_output` is neither none nor some");
}

Result<Time> read_from(const Json& object) {
  const Json* from = object.find("from");
  if (from == nullptr) return Time{};
  if (from->string() == nullptr) return invalid("`from` is no date");
  return parse_rfc3339(*from->string() + "T00:00:00Z");
}

}  // namespace

Result<std::vector<DatedPrice>> read_catalog_prices(const Json& model) {
  const auto context = read_size(model, "context");
  const auto max_output = read_size(model, "max_output");
  const auto hidden = read_hidden(model);
  if (!context || !max_output || !hidden) return invalid("a size or hidden_output is wrong");
  const Json* list = model.find("prices");
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) {
    return invalid("`prices` is no list of some");
  }
  std::vector<DatedPrice> prices;
  for (const Json& item : *list->array()) {
    auto price = read_price(item);
    if (!price) return std::unexpected(price.error());
    const auto from = read_from(item);
    if (!from) return std::unexpected(from.error());
    if (!prices.empty() && *from <= prices.back().from) return invalid("dates out of order");
    price->context_tokens = *context;
    price->max_output_tokens = *max_output;
    price->hidden_output = *hidden;
    prices.push_back({.from = *from, .price = *std::move(price)});
  }
  return prices;
}

}  // namespace ringfence
