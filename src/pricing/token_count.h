// SPDX-License-Identifier: Apache-2.0
// How many tokens a text is to an OpenAI model, counted with the public byte-pair vocabularies.
//
// Contract: pure and thread-safe; the vocabularies lie read-only in the program (6.1 MiB, paged in
// on first use). The count is that of ordinary encoding: text that spells a special token counts as
// the ordinary text it is. It is exact for valid UTF-8, and never below what the provider counts:
//   - invalid UTF-8 counts one token a byte, the most any text can be;
//   - so does text with a letter, mark or number on whose class versions of Unicode differ
//     (pricing/bpe_classes.h), since the provider's version is not known.
// Time is linear but for a logarithm of at most 2 Ki, on hostile text too (pricing/bpe_merge.h).
// Limitations: the patterns are those of tiktoken 0.14; its first releases cut white space at the
// very end of a cl100k text once more. Counts one text: what a wire adds around texts (roles, tool
// schemas rewritten by the provider) is the caller's to bound. Without vocabularies
// (-DRINGFENCE_TOKEN_RANKS=OFF) nothing can be counted: callers fall back to bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringfence {

enum class Vocabulary : std::uint8_t { o200k_base, cl100k_base };

// Whether this program was built with the vocabularies.
bool can_count_tokens();

// Tokens of `text`, or none when the program was built without vocabularies. Never above its bytes.
std::optional<std::int64_t> count_tokens(Vocabulary vocabulary, std::string_view text);

// The same, and bytes where nothing can be counted: an upper bound in every build.
std::int64_t token_bound(Vocabulary vocabulary, std::string_view text);

// The vocabulary of a model of OpenAI's own, by its name there ("gpt-4o-mini", "ft:gpt-4o:acme"),
// or none when its vocabulary is not known to be public. The caller knows that the provider is
// OpenAI (or serves its models): a name alone proves nothing about other providers. Source:
// tiktoken 0.14.0, tiktoken/model.py.
std::optional<Vocabulary> openai_vocabulary(std::string_view model);

}  // namespace ringfence
