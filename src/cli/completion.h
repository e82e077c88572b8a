// SPDX-License-Identifier: Apache-2.0
// Completion scripts for shells, made from the command line itself.
//
// Contract: pure. The script completes every command and option of `program`, the words of options
// that take fixed ones, files and directories where a value is one, and commands after `--`.
// bash 4.4, zsh 5 and fish 3 or newer; none needs a helper package.
// Limitations: accounts, runs and models are not completed: that would ask the daemon at each Tab.
#pragma once

#include <optional>
#include <string>

#include "cli/command_help.h"

namespace ringfence {

enum class Shell { bash, zsh, fish };
std::optional<Shell> shell_named(const std::string& name);
std::string completion_script(Shell shell, const CommandHelp& program);

// What the value of an option is, to a shell.
enum class ValueKind { none, text, choice, file, directory, command };
ValueKind value_kind(const OptionHelp& option);

std::string bash_completion(const CommandHelp& program);
std::string zsh_completion(const CommandHelp& program);
std::string fish_completion(const CommandHelp& program);

}  // namespace ringfence
