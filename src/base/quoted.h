// SPDX-License-Identifier: Apache-2.0
// Foreign text in a sentence for people: cut, and with nothing that a terminal would obey.
#pragma once

#include <string>
#include <string_view>

namespace ringfence {

// Control bytes and what is not UTF-8 become \xNN.
std::string printable(std::string_view text);

// "`text`", printable and cut to 60 bytes: for what was found.
std::string quoted(std::string_view text);

}  // namespace ringfence
