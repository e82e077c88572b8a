// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "cli/completion.h"

namespace ringfence {
namespace {

// Inside single quotes, with a backslash before the characters of `special`.
std::string quoted(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}
std::string about_text(const std::string& text) { return quoted(text, "[]:\\"); }

std::string action(const OptionHelp& option) {
  switch (value_kind(option)) {
    case ValueKind::choice: return fmt::format("({})", fmt::join(option.choices, " "));
    case ValueKind::file: return "_files";
    case ValueKind::directory: return "_files -/";
    case ValueKind::command: return "_normal";
    default: return {};
  }
}

std::string specs(const CommandHelp& command) {
  std::string out;
  for (const OptionHelp& option : command.options) {
    if (option.positional()) {
      const bool whole_line = value_kind(option) == ValueKind::command;
      out += fmt::format(" \\\n    '{}:{}:{}'",
                         whole_line       ? "*::"
                         : option.repeats ? "*"
                                          : "",
                         option.names.front(), action(option));
      continue;
    }
    for (const std::string& name : option.names) {
      out += fmt::format(
          " \\\n    '{}{}[{}]{}'", option.repeats ? "*" : "", name, about_text(option.about),
          option.value.empty() ? ""
                               : fmt::format(":{}:{}", quoted(option.value, ":"), action(option)));
    }
  }
  return out;
}

void write(const CommandHelp& command, const std::string& function, std::string& script) {
  script += fmt::format("\n{}() {{\n", function);
  if (command.commands.empty()) {
    script += fmt::format("  _arguments{}\n}}\n", specs(command));
    return;
  }
  script += "  local curcontext=$curcontext state line\n  local -a commands=(\n";
  for (const CommandHelp& inner : command.commands) {
    script += fmt::format("    '{}:{}'\n", inner.name, quoted(inner.about, ":\\"));
  }
  script += fmt::format(
      "  )\n  _arguments -C{} \\\n    '1: :->command' '*:: :->rest'\n"
      "  case $state in\n    command) _describe command commands ;;\n"
      "    rest)\n      case $words[1] in\n",
      specs(command));
  for (const CommandHelp& inner : command.commands) {
    script += fmt::format("        {0}) {1}_{0} ;;\n", inner.name, function);
  }
  script += "      esac ;;\n  esac\n}\n";
  for (const CommandHelp& inner : command.commands) {
    write(inner, function + "_" + inner.name, script);
  }
}

}  // namespace

std::string zsh_completion(const CommandHelp& program) {
  std::string script =
      "#compdef ringfence\n# zsh completion of ringfence; made by `ringfence completion zsh`.\n";
  write(program, "_ringfence", script);
  // Found on fpath it is the body of the function; read by `source` it announces itself.
  return script +
         "\nif [[ $funcstack[1] == _ringfence ]]; then\n  _ringfence \"$@\"\nelse\n"
         "  compdef _ringfence ringfence\nfi\n";
}

}  // namespace ringfence
