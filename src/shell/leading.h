// SPDX-License-Identifier: Apache-2.0
// Leading options: programs whose subcommand comes after options of their own, such as
// `git -C dir push`.
//
// Contract: pure. After `skip_leading` the command's arguments begin with the subcommand, which is
// then a plain word. Options that choose a program or the place where code comes from are not in
// the tables, so they are refused, before the subcommand and, where they are known, behind it.
#pragma once

#include <vector>

#include "shell/sink.h"

namespace ringfence::shell {

// `words` is a whole command; what stands between the program and its subcommand is erased.
void skip_leading(std::vector<Word>& words, Sink& sink);

// Refuses options by which a program that starts others on demand would do so.
void refuse_starting_options(const Command& command, Sink& sink);

}  // namespace ringfence::shell
