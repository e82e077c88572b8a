// SPDX-License-Identifier: Apache-2.0
// Wrappers: programs that start the command given as their operands, such as env and nice.
//
// Contract: a table; what a wrapper does beyond "options, operands, command" is in unfold.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringfence::shell {

enum class Bare : std::uint8_t {
  nothing,  // without a command it starts none
  shell,    // without a command it starts a shell
};

struct Wrapper {
  std::string_view program;
  std::string_view options;  // as skip_options takes them
  std::size_t operands = 0;  // before the command
  bool assignments = false;  // NAME=value before the command
  Bare bare = Bare::nothing;
};

// Null when `program` is none.
const Wrapper* find_wrapper(std::string_view program);
// A wrapper whose command cannot be told from its options.
bool is_unread_wrapper(std::string_view program);

}  // namespace ringfence::shell
