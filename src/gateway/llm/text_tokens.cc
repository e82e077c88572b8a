// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/text_tokens.h"

#include "base/checked.h"

namespace ringfence::llm {

// Recursion ends: the JSON was checked for its depth.
std::int64_t text_tokens(JsonSlice value, Vocabulary vocabulary,
                         const std::function<bool(JsonSlice)>& leaves_out) {
  std::int64_t tokens = 0;
  switch (value.kind()) {
    case JsonKind::string:
      if (leaves_out(value)) return 0;
      return saturating_add(token_bound(vocabulary, decode_string(value)), kTextFrameTokens);
    case JsonKind::array:
      for (JsonElements elements(value); elements.next();) {
        tokens = saturating_add(tokens, text_tokens(elements.value(), vocabulary, leaves_out));
      }
      return tokens;
    case JsonKind::object:
      for (JsonMembers members(value); members.next();) {
        tokens = saturating_add(tokens, text_tokens(members.value(), vocabulary, leaves_out));
      }
      return tokens;
    default: return static_cast<std::int64_t>(value.text.size());
  }
}

}  // namespace ringfence::llm
