// SPDX-License-Identifier: Apache-2.0
// Names with a meaning of their own: shells, variables that change what is run, identifiers.
//
// Contract: pure; ASCII.
#pragma once

#include <string>
#include <string_view>

namespace ringfence::shell {

// A program's base name in lower case; empty when there is none.
std::string program_name(std::string_view path);

// `program` (a base name in lower case) reads shell commands or is such an interpreter: sh, bash,
// zsh, dash, fish, ksh and their kin. What denies `sh` denies all of these.
bool is_shell(std::string_view program);
// A shell whose scripts have the syntax that is parsed here.
bool is_posix_shell(std::string_view program);

bool is_identifier(std::string_view name);
// Setting this variable changes which program a name starts, or makes one start another.
bool is_guarded_variable(std::string_view name);

}  // namespace ringfence::shell
