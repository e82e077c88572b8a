// SPDX-License-Identifier: Apache-2.0
// The top-level members of a Chat Completions request that this wire knows.
//
// Contract: pure. A member that is not in the table is `unknown`: under a money wall its cost
// cannot be stated, so it is refused by name unless the provider's policy passes unknown fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

struct KnownMember {
  std::string_view name;
  ChatMember member;
  std::uint32_t bit;  // its own, to see it twice
};

const KnownMember* find_chat_member(std::string_view name);
// The known member that a careless reader would take this name for: letters folded as Go's
// encoding/json folds them (ASCII case, U+017F for s, U+212A for k). Null when there is none.
const KnownMember* find_chat_member_folded(std::string_view name);

}  // namespace ringfence::llm
