// SPDX-License-Identifier: Apache-2.0
// The top-level members of a Responses request that this wire knows.
//
// Contract: pure; as member_table.
#pragma once

#include "gateway/llm/member_table.h"

namespace ringfence::llm {

enum class ResponsesMember : std::uint8_t {
  plain,  // changes no price: passes as it is
  // Read for the bound:
  model,
  input,
  instructions,
  max_output_tokens,
  max_tool_calls,
  tools,
  reasoning,
  service_tier,
  stream,
  previous_response_id,
  conversation,
  prompt,
  prompt_cache_options,
  background,
  // Refused when they stand there at all: they cost what has no price.
  costly,
};

std::span<const KnownMember<ResponsesMember>> responses_members();

}  // namespace ringfence::llm
