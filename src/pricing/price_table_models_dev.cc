// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/checked.h"
#include "pricing/price_table.h"

namespace ringfence {

// ---- models.dev: {provider: {"models": {id: {"reasoning", "cost": {…}, "limit": {…}}}}}

void PriceTableReader::dev_cost(ImportedPrice& of, const Json& cost, Rates& rates) {
  static constexpr NamedDimension kNames[] = {{"input", Dimension::input},
                                              {"output", Dimension::output},
                                              {"reasoning", Dimension::reasoning},
                                              {"cache_read", Dimension::cached_input},
                                              {"cache_write", Dimension::cache_write_5m},
                                              {"input_audio", Dimension::audio_input},
                                              {"output_audio", Dimension::audio_output}};
  if (cost.object() == nullptr) return;
  for (const auto& [key, value] : *cost.object()) {
    if (key == "tiers" || key == "tier" || key == "context_over_200k") continue;
    if (const auto d = dimension_named(kNames, key)) {
      rate(of, rates, *d, number_text(value), kUsdPerMillionTokens);
    } else {
      left_out(of, key + " has no dimension");
    }
  }
}

void PriceTableReader::models_dev(const Json& provider, const std::string& name) {
  const Json* models = provider.find("models");
  if (models == nullptr || models->object() == nullptr) return;
  for (const auto& [id, model] : *models->object()) {
    ImportedPrice of{.provider = name, .model = id, .price = {}};
    const Json* cost = model.find("cost");
    if (cost == nullptr) {
      left_out(of, "no rates for input and output");
      continue;
    }
    dev_cost(of, *cost, of.price.rates);
    if (const Json* tiers = cost->find("tiers"); tiers != nullptr && tiers->array() != nullptr) {
      for (const Json& tier : *tiers->array()) {
        const Json* what = tier.find("tier");
        const std::int64_t above = what == nullptr ? 0 : table_size(*what, "size");
        if (above > 0) dev_cost(of, tier, card_of(of.price, "", above));
      }
    } else if (const Json* over = cost->find("context_over_200k"); over != nullptr) {
      dev_cost(of, *over, card_of(of.price, "", 200'000));
    }
    if (const Json* limit = model.find("limit")) {
      of.price.context_tokens = table_size(*limit, "context");
      of.price.max_output_tokens = table_size(*limit, "output");
    }
    const Json* reasons = model.find("reasoning");
    if (reasons != nullptr && reasons->boolean() != nullptr) {
      of.price.hidden_output = *reasons->boolean() ? HiddenOutput::some : HiddenOutput::none;
    }
    keep(std::move(of));
  }
}

}  // namespace ringfence
