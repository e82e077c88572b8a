// SPDX-License-Identifier: Apache-2.0
// The top-level members of a Chat Completions request that this wire knows.
//
// Contract: pure; as member_table.
#pragma once

#include "gateway/llm/member_table.h"

namespace ringfence::llm {

enum class ChatMember : std::uint8_t {
  plain,  // changes no price: passes as it is
  // Read for the bound, or refused when they cost what has no price:
  model,
  messages,
  max_tokens,
  max_completion_tokens,
  n,
  stream,
  stream_options,
  tools,
  functions,
  prediction,
  service_tier,
  modalities,
  reasoning_effort,
  store,
  audio,
  web_search_options,
};

std::span<const KnownMember<ChatMember>> chat_members();

}  // namespace ringfence::llm
