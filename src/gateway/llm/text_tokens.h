// SPDX-License-Identifier: Apache-2.0
// text_tokens: the tokens of all texts inside a part of a request.
//
// Contract: pure, for checked JSON. Each string is counted by itself, without its escapes, with
// kTextFrameTokens for what a provider puts around it; names of members are part of the frame. A
// number or a word such as `true` counts its bytes.
#pragma once

#include <functional>

#include "gateway/llm/json_scan.h"
#include "pricing/token_count.h"

namespace ringfence::llm {

inline constexpr std::int64_t kTextFrameTokens = 8;

// What `leaves_out` is true for counts nothing.
std::int64_t text_tokens(JsonSlice value, Vocabulary vocabulary,
                         const std::function<bool(JsonSlice)>& leaves_out);

}  // namespace ringfence::llm
