// SPDX-License-Identifier: Apache-2.0
// The content of a Messages request: blocks in messages, in the system prompt, and in one another.
//
// Contract: pure; recursion is bounded by the depth of a checked text. Text costs its bytes, an
// image in the body what its pixels cost. What
// stands elsewhere (URLs, files, what was uploaded) is `refers_outside`; blocks of a type that this
// wire does not know are `unknown`. The input of a tool call is text, whatever its members are
// called.
// Limitations: PDFs in the body are bound by the model's whole context.
#pragma once

#include "base/result.h"
#include "gateway/llm/anthropic_notes.h"

namespace ringfence::llm {

inline constexpr std::int64_t kAnthropicMessageTokens = 16;

// `messages`. Errors: `invalid`, with the member in `where`.
Result<void> read_anthropic_messages(JsonSlice messages, AnthropicNotes& notes);
// `system`: a text or blocks.
Result<void> read_anthropic_content(JsonSlice content, const AnthropicPath& path,
                                    AnthropicNotes& notes);

}  // namespace ringfence::llm
