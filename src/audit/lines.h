// SPDX-License-Identifier: Apache-2.0
// Lines, numbers and hashes as the texts of a log have them.
//
// Contract: pure. Each value has one spelling, and only that is read: a number is decimal without
// leading zeros, at most kTreeSizeMax; a hash is the padded base64 of its 32 bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle.h"

namespace ringfence::audit {

// Takes the next line off `rest`, without its newline. None, and `rest` as it was, when no newline
// is left.
std::optional<std::string_view> take_line(std::string_view& rest);

std::optional<std::uint64_t> parse_number(std::string_view text);

std::optional<Hash> parse_hash(std::string_view base64);
std::string format_hash(const Hash& hash);

// Lines of hashes up to an empty line, which is taken too. Errors: `invalid` (not a hash, more
// than `count_max`, no empty line).
Result<Proof> take_proof(std::string_view& rest, std::size_t count_max);

// Valid UTF-8, and no control character but newlines.
bool plain_text(std::string_view text);

}  // namespace ringfence::audit
