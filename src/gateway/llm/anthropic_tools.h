// SPDX-License-Identifier: Apache-2.0
// The tools of a Messages request: which run at the client, which at the provider, and what they
// may add to the bill.
//
// Contract: pure. A tool whose definition the provider adds costs kClientToolTokens (published: at
// most 735, beside up to 804 for the prompt that any tool brings); one that is larger than any
// published figure is bound by the context. Hosted tools read the whole input again for each use:
// web search and fetch once per `max_uses` (kHostedUses is written in where none stands), the
// others, and code that calls them, up to the provider's own end of its loop.
// Limitations: MCP servers, advisors and any type not named here are unpriced.
#pragma once

#include "base/result.h"
#include "gateway/llm/anthropic_notes.h"

namespace ringfence::llm {

inline constexpr std::int64_t kToolPromptTokens = 1'024;
inline constexpr std::int64_t kCustomToolTokens = 64;
inline constexpr std::int64_t kClientToolTokens = 2'048;
inline constexpr std::int64_t kHostedUses = 5;
// After so many rounds the provider itself ends a turn (`pause_turn`).
inline constexpr std::int64_t kHostedRounds = 10;
inline constexpr std::int64_t kHostedUsesMax = 1'000'000;

// One tool. Errors: `invalid`, with the member in `where`.
Result<void> read_anthropic_tool(JsonSlice tool, const AnthropicPath& path, AnthropicNotes& notes);

}  // namespace ringfence::llm
