// SPDX-License-Identifier: Apache-2.0
// What a command would start, put into the hold that is asked for it.
//
// Contract: pure. A command is the operation `cmd` with a shell line in args.command, or
// cmd:PROGRAM:ARGUMENT…. Each program that it starts is an operation of its own: the first is the
// hold's, the others are `further`; `dangers` are those of files that its redirections name. What
// cannot be read marks the hold as one that nobody can judge, so that the engine denies it. Errors:
// `invalid`, with the field; the hold is then as it was.
#pragma once

#include <string_view>

#include "engine/command.h"

namespace ringfence {

inline constexpr std::string_view kCommandKind = "cmd";

bool is_command(std::string_view operation);
// Of an operation that is a command.
Result<void> read_programs(PlaceHold& place, const Json* args);

}  // namespace ringfence
