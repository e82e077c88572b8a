// SPDX-License-Identifier: Apache-2.0
// The manual page ringfence(1): every command and option from the command line itself, around them
// what only a person can write.
//
// Contract: pure; man(7) macros, without a warning of `mandoc -T lint` and of groff. `date` is that
// of the commit ("2026-01-31"), so that one commit gives one page.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_help.h"

namespace ringfence {

std::string man_page(const CommandHelp& program, std::string_view version, std::string_view date);

}  // namespace ringfence
