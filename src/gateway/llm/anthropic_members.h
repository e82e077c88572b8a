// SPDX-License-Identifier: Apache-2.0
// The members of an Anthropic Messages request that this wire knows.
//
// Contract: pure; as member_table.
#pragma once

#include "gateway/llm/member_table.h"

namespace ringfence::llm {

enum class AnthropicMember : std::uint8_t {
  plain,  // changes no price: passes as it is
  // Read for the bound, or refused when they cost what has no price:
  model,
  messages,
  system,
  max_tokens,
  stream,
  tools,
  thinking,
  cache_control,
  service_tier,
  speed,
  inference_geo,
  container,
  context_management,
  output_config,
  output_format,
  safeguards,
  costs,  // calls other models or servers, or keeps something: unpriced where it says anything
};

std::span<const KnownMember<AnthropicMember>> anthropic_members();

// Whether POST /v1/messages/count_tokens takes this member of a Messages request.
bool is_counted_member(std::string_view name);

}  // namespace ringfence::llm
