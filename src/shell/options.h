// SPDX-License-Identifier: Apache-2.0
// Options: how the options at the head of a command are told from its operands.
//
// Contract: pure. A table is words separated by spaces: `-i` a flag, `-C=` one that takes a value,
// `-i?` one whose value, if any, is attached, `--version!` one that ends the options and stays as
// the first operand. Letters may be bundled; a long option takes its value attached with `=` or as
// the next word. Whatever the table does not name, and a word that may be an option, is refused.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shell/sink.h"

namespace ringfence::shell {

struct SeenOption {
  std::string name;
  std::optional<Word> value;
};

struct Operands {
  std::vector<SeenOption> options;
  std::size_t first = 0;  // index of the first operand, or the number of words
  bool told = false;      // an option that ends them was met, which is then the first operand
};

// From words[1] on; words[0] is the program, named in refusals (then nothing in the answer counts).
Operands skip_options(std::span<const Word> words, std::string_view table, Sink& sink);

// `option` (such as -x or --exec) is given by `word`, also attached, bundled or abbreviated. A long
// one with a single dash (-exec) has one spelling, with one dash or two.
bool may_be_option(const Word& word, std::string_view option);

}  // namespace ringfence::shell
