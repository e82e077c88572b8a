// SPDX-License-Identifier: Apache-2.0
// Gemini: generateContent, streamGenerateContent and countTokens.
//
// Contract: input is all text of `contents`, `systemInstruction` and a response schema, and the
// JSON of `tools`. Told usage keeps thoughts out of `candidatesTokenCount`; of a stream it is on
// every chunk and cumulative. A call of a function comes whole: its tokens are billed before it is
// seen. The key is `x-goog-api-key`, else `key` of the query, else the bearer token.
//
// Limitations: this wire has no name for cache writes: they are told as plain prompt; it has no
// pings either.
#pragma once

#include "wire.h"

namespace mock {

// The wire of this path, or null.
[[nodiscard]] std::unique_ptr<Wire> make_gemini(std::string_view path);

}  // namespace mock
