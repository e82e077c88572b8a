// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/checked.h"
#include "pricing/price_table.h"

namespace ringfence {

// ---- LiteLLM: {"provider/model" or "model": {"litellm_provider", "input_cost_per_token", …}}

void PriceTableReader::litellm_member(ImportedPrice& of, const std::string& member,
                                      const Json& value) {
  static constexpr NamedDimension kNames[] = {
      {"input_cost_per_token", Dimension::input},
      {"cache_read_input_token_cost", Dimension::cached_input},
      {"cache_creation_input_token_cost", Dimension::cache_write_5m},
      {"cache_creation_input_token_cost_above_1hr", Dimension::cache_write_1h},
      {"input_cost_per_audio_token", Dimension::audio_input},
      {"cache_read_input_audio_token_cost", Dimension::cached_audio_input},
      {"input_cost_per_image_token", Dimension::image_input},
      {"output_cost_per_token", Dimension::output},
      {"output_cost_per_reasoning_token", Dimension::reasoning},
      {"output_cost_per_audio_token", Dimension::audio_output},
      {"output_cost_per_image_token", Dimension::image_output},
      {"code_interpreter_cost_per_session", Dimension::code_session},
      {"input_cost_per_query", Dimension::call}};
  static constexpr std::pair<std::string_view, std::string_view> kTiers[] = {
      {"_flex", "flex"},
      {"_priority", "priority"},
      {"_batches", "batch"},
      {"_ultrafast", "ultrafast"}};
  std::string_view name = member;
  std::string_view tier;
  for (const auto& [suffix, service] : kTiers) {
    if (!name.ends_with(suffix)) continue;
    tier = service;
    name.remove_suffix(suffix.size());
  }
  std::int64_t above = 0;
  constexpr std::string_view kAbove = "_above_", kTokens = "k_tokens";
  if (const std::size_t at = name.rfind(kAbove);
      name.ends_with(kTokens) && at != std::string_view::npos) {
    const std::string_view digits =
        name.substr(at + kAbove.size(), name.size() - at - kAbove.size() - kTokens.size());
    above = saturating_mul(scaled_up(digits, 0).value_or(0), 1'000);
    name = name.substr(0, at);
  }
  if (member == "search_context_cost_per_query" && value.object() != nullptr) {
    std::int64_t most = 0;
    for (const auto& [size, cost] : *value.object()) {
      most = std::max(most, scaled_up(number_text(cost), kUsdPerToken).value_or(0));
    }
    if (most > 0) of.price.rates.set(Dimension::web_search, most);
  } else if (const auto d = dimension_named(kNames, name)) {
    rate(of, card_of(of.price, tier, above), *d, number_text(value), kUsdPerToken);
  } else {
    left_out(of, member + " has no dimension");
  }
}

void PriceTableReader::litellm(const std::string& key, const Json& entry) {
  const Json* provider = entry.find("litellm_provider");
  if (provider == nullptr || provider->string() == nullptr || key == "sample_spec") return;
  const std::string prefix = *provider->string() + "/";
  ImportedPrice of{.provider = *provider->string(),
                   .model = key.starts_with(prefix) ? key.substr(prefix.size()) : key,
                   .price = {}};
  of.price.context_tokens = table_size(entry, "max_input_tokens");
  of.price.max_output_tokens = table_size(entry, "max_output_tokens");
  const Json* reasons = entry.find("supports_reasoning");
  if (reasons != nullptr && reasons->boolean() != nullptr && *reasons->boolean()) {
    of.price.hidden_output = HiddenOutput::some;
  }
  if (entry.find("tiered_pricing") != nullptr) return left_out(of, "tiered_pricing is not carried");
  for (const auto& [member, value] : *entry.object()) {
    if (value.is_null()) continue;
    if (member == "provider_specific_entry" || member.ends_with("_multiplier")) {
      left_out(of, member + " is not carried");
    } else if (member.find("_cost") != std::string::npos) {
      litellm_member(of, member, value);
    }
  }
  keep(std::move(of));
}

}  // namespace ringfence
