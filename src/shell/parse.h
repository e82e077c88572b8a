// SPDX-License-Identifier: Apache-2.0
// What a shell line, or a list of arguments, would start.
//
// Contract: pure, and linear in the text but for bounded nesting. An answer names every program
// that the text starts, whatever its branches turn out to be; when that cannot be told from the
// text alone, there is an error (`invalid`) and the line must not run. docs/shell.md says what is
// understood. Errors name programs, options and forms, never values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "shell/line.h"

namespace ringfence::shell {

Result<Line> parse_line(std::string_view line);
// A command that no shell reads: argv of a process.
Result<Line> parse_argv(std::span<const std::string> argv);

}  // namespace ringfence::shell
