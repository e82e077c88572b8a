// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <string_view>

namespace ringfence {

// Length of the valid sequence at the start of `text` (1 to 4), or 0 when there is none.
std::size_t utf8_sequence_length(std::string_view text);

bool valid_utf8(std::string_view text);

}  // namespace ringfence
