// SPDX-License-Identifier: Apache-2.0
// Operations of a command line: what a shell line or an argv would start, as cmd: operations.
//
// Contract: pure. Each program is one operation, cmd:program:argument…, in an order that means
// nothing. What only running would tell about an argument is the byte 0 in its segment, written
// %00: any text, also none. A segment that begins with two of them, %00%00, stands for any number
// of arguments, and what follows in it is a hint for the danger list. So such an operation is a
// set: an allow must hold all of it, and a deny, a limit or a danger holds when it meets any of it.
// An argument too long for an operation is cut to its beginning, %00 and its end, arguments too
// many to %00%00: the set grows, so nothing more is allowed by that. Errors: `invalid`,
// `too_large`; the line must then not run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/operation.h"

namespace ringfence {

struct CommandLine {
  std::vector<Operation> operations;
  // Names of the built-in dangers of the whole line, redirections included; each once.
  std::vector<std::string_view> dangers;
  // Those of its redirections alone: no operation shows them, as each shows its own.
  std::vector<std::string_view> file_dangers;
};

Result<CommandLine> read_shell_line(std::string_view line);
Result<CommandLine> read_argv(std::span<const std::string> argv);

Result<std::vector<Operation>> operations_of_shell(std::string_view line);
Result<std::vector<Operation>> operations_of_argv(std::span<const std::string> argv);

}  // namespace ringfence
