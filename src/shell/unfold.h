// SPDX-License-Identifier: Apache-2.0
// Unfolding: the commands that one command starts, itself first.
//
// Contract: everything goes to the Sink. A wrapper (env, nice, xargs, find -exec, sh -c, eval …) is
// listed and so is what it starts; a script given as plain text is parsed, one that is not known
// refuses the line. Options of a wrapper that are not in its table refuse it.
// Limitations: programs that interpret languages of their own (awk, vim, make, python, …) are not
// looked into; only lists of what is allowed contain those.
#pragma once

#include <string_view>
#include <vector>

#include "shell/sink.h"

namespace ringfence::shell {

// A command as it is written, before wrappers are looked into.
struct Simple {
  std::vector<Word> words;
  std::vector<Word> inputs;  // what heredocs and here-strings feed it
};

void unfold(Simple simple, Sink& sink);
// A whole script inside the line.
void parse_script(std::string_view text, Sink& sink);

}  // namespace ringfence::shell
