// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

namespace ringfence {

std::optional<Shell> shell_named(const std::string& name) {
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  return std::nullopt;
}

std::string completion_script(Shell shell, const CommandHelp& program) {
  switch (shell) {
    case Shell::bash: return bash_completion(program);
    case Shell::zsh: return zsh_completion(program);
    case Shell::fish: return fish_completion(program);
  }
  return {};
}

ValueKind value_kind(const OptionHelp& option) {
  if (option.value.empty()) return ValueKind::none;
  if (!option.choices.empty()) return ValueKind::choice;
  if (option.value == "DIR") return ValueKind::directory;
  if (option.value == "FILE") return ValueKind::file;
  if (!option.positional()) return ValueKind::text;
  const std::string& name = option.names.front();
  if (name == "file" || name == "files") return ValueKind::file;
  return name == "command" ? ValueKind::command : ValueKind::text;
}

}  // namespace ringfence
