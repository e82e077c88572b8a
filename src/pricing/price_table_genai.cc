// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/checked.h"
#include "pricing/price_table.h"

namespace ringfence {

// ---- genai-prices: [{"id", "models": [{"id", "context_window", "prices": {…} or [{…}]}]}]

void PriceTableReader::genai_prices(ImportedPrice& of, const Json& prices) {
  static constexpr NamedDimension kNames[] = {
      {"input_mtok", Dimension::input},
      {"cache_read_mtok", Dimension::cached_input},
      {"cache_write_mtok", Dimension::cache_write_5m},
      {"cache_write_1h_mtok", Dimension::cache_write_1h},
      {"input_audio_mtok", Dimension::audio_input},
      {"cache_audio_read_mtok", Dimension::cached_audio_input},
      {"input_image_mtok", Dimension::image_input},
      {"output_mtok", Dimension::output},
      {"output_reasoning_mtok", Dimension::reasoning},
      {"output_audio_mtok", Dimension::audio_output},
      {"output_image_mtok", Dimension::image_output},
      {"requests_kcount", Dimension::call},
      {"web_searches_kcount", Dimension::web_search},
      {"storage_searches_kcount", Dimension::file_search}};
  if (prices.object() == nullptr) return;
  for (const auto& [key, value] : *prices.object()) {
    const auto d = dimension_named(kNames, key);
    if (!d) {
      left_out(of, key + " has no dimension");
      continue;
    }
    const int scale = is_input(*d) || is_output(*d) ? kUsdPerMillionTokens : kUsdPerThousandItems;
    const Json* base = value.find("base");
    rate(of, of.price.rates, *d, number_text(base == nullptr ? value : *base), scale);
    const Json* tiers = value.find("tiers");
    if (tiers == nullptr || tiers->array() == nullptr) continue;
    for (const Json& tier : *tiers->array()) {
      const Json* price = tier.find("price");
      const std::int64_t start = table_size(tier, "start");
      if (price == nullptr || start == 0) continue;
      rate(of, card_of(of.price, "", start), *d, number_text(*price), scale);
    }
  }
}

// The newest dated price in force, and whatever of it is dearer at some hour of the day.
void PriceTableReader::genai_dated(ImportedPrice& of, const Json::Array& prices) {
  const Price sizes = of.price;
  std::vector<const Json*> by_hour;
  for (const Json& dated : prices) {
    const Json* stated = dated.find("prices");
    const Json* constraint = dated.find("constraint");
    const Json* from = constraint == nullptr ? nullptr : constraint->find("start_date");
    if (stated == nullptr) continue;
    if (from != nullptr && from->string() != nullptr) {
      const auto start = parse_rfc3339(*from->string() + "T00:00:00Z");
      if (!start || *start > at_) continue;
    } else if (constraint != nullptr && constraint->object() != nullptr) {
      by_hour.push_back(stated);
      continue;
    }
    of.price = sizes;
    genai_prices(of, *stated);
  }
  for (const Json* stated : by_hour) {
    ImportedPrice hours = of;
    hours.price = sizes;
    genai_prices(hours, *stated);
    for_each_dimension([&](Dimension d) {
      const Rates& other = hours.price.rates;
      if (other.has(d)) of.price.rates.set(d, std::max(of.price.rates.get(d), other.get(d)));
    });
  }
}

void PriceTableReader::genai(const Json& provider, const std::string& name) {
  const Json* models = provider.find("models");
  if (models == nullptr || models->array() == nullptr) return;
  for (const Json& model : *models->array()) {
    const Json* id = model.find("id");
    const Json* prices = model.find("prices");
    if (id == nullptr || id->string() == nullptr || prices == nullptr) continue;
    ImportedPrice of{.provider = name, .model = *id->string(), .price = {}};
    of.price.context_tokens = table_size(model, "context_window");
    if (prices->array() == nullptr) {
      genai_prices(of, *prices);
    } else {
      genai_dated(of, *prices->array());
    }
    keep(std::move(of));
  }
}

}  // namespace ringfence
