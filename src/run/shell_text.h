// SPDX-License-Identifier: Apache-2.0
// shell_text: an environment as lines that a POSIX shell can `eval`.
//
// Contract: pure. Values of any bytes but NUL come out of the shell as they went in. A name
// that is no shell variable's is left out. Each line is closed by a semicolon, so that they also
// stand in one line.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringfence {

// 'text', safe as one word.
std::string shell_quoted(std::string_view text);

// `granted` are NAME=value entries to export, `withheld` names to unset.
std::string shell_text(std::span<const std::string> granted, std::span<const std::string> withheld);

}  // namespace ringfence
