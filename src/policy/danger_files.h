// SPDX-License-Identifier: Apache-2.0
// Files of the danger list: keys and credentials, which nobody should read by accident, and what
// configures agents, shells and hooks, which no agent should write.
//
// Contract: pure. A path is compared by its last components, in any spelling of what stands before
// them (~, $HOME, /root, ./): unknown parts are the byte 0 and match anything, but a component with
// fewer than two known letters is not taken for a file of the list (one that begins with a dot is),
// nor one of unknown end for a file that the list knows by its end.
#pragma once

#include <string_view>
#include <vector>

namespace ringfence {

// Names of the danger list; views of constants.
using Dangers = std::vector<std::string_view>;
// Unless it is there.
void add_danger(Dangers& dangers, std::string_view name);

// Redirections and fs: operations.
Dangers dangers_of_file(std::string_view path, bool write);
// An argument of a program: also between `=`, `@`, `:`, `,` and behind the letter of an option.
void add_dangers_of_argument(std::string_view program, std::string_view word, Dangers& dangers);

std::vector<std::string_view> file_danger_names();

}  // namespace ringfence
