// SPDX-License-Identifier: Apache-2.0
// Builtins of shells through which a value becomes a name or a command.
//
// Contract: pure; refuses what cannot be judged from the text. A program that is no such builtin
// passes.
#pragma once

#include <string>
#include <vector>

#include "shell/sink.h"

namespace ringfence::shell {

void check_builtin(const std::string& program, const std::vector<Word>& words, Sink& sink);

}  // namespace ringfence::shell
