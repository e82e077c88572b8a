// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "cli/completion.h"

namespace ringfence {
namespace {

constexpr const char* kHead =
    R"(# bash completion of ringfence; made by `ringfence completion bash`.

# Finds in `path` which command the words before the cursor name: "/policy/check".
_ringfence_path() {
  local i word
  path=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --) path=-- first=$((i + 1)); return ;;
    esac
    case "$path $word" in
)";
constexpr const char* kMiddle = R"(        # readline makes three words of --option=value
        [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
        ((i++)) ;;
    esac
  done
}

_ringfence() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path first
  COMPREPLY=()
  _ringfence_path
  if [[ $path == -- ]]; then  # the command inside the fence
    compopt -o filenames 2>/dev/null
    if ((COMP_CWORD == first)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    else
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
    return
  fi
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";
constexpr const char* kTail = R"(}
complete -F _ringfence ringfence
)";

// What compgen is asked for a value of this kind.
std::string ask(const OptionHelp& option) {
  switch (value_kind(option)) {
    case ValueKind::choice: return fmt::format("-W '{}'", fmt::join(option.choices, " "));
    case ValueKind::file: return "-f";
    case ValueKind::directory: return "-d";
    case ValueKind::command: return "-c";
    default: return {};
  }
}

struct Tables {
  std::string commands;                                    // case arms that go down
  std::vector<std::string> valued;                         // "path --option"
  std::map<std::string, std::vector<std::string>> values;  // by what compgen is asked
  std::string words;                                       // case arms: what may come at a path
};

void read(const CommandHelp& command, const std::string& path, Tables& tables) {
  std::vector<std::string> options, names;
  std::string positional;
  for (const OptionHelp& option : command.options) {
    if (option.positional()) {
      positional = ask(option);
      continue;
    }
    for (const std::string& name : option.names) {
      options.push_back(name);
      if (option.value.empty()) continue;
      tables.valued.push_back(fmt::format("'{} {}'", path, name));
      tables.values[ask(option)].push_back(tables.valued.back());
    }
  }
  for (const CommandHelp& inner : command.commands) {
    names.push_back(inner.name);
    tables.commands += fmt::format("      '{0} {1}') path={0}/{1} ;;\n", path, inner.name);
  }
  tables.words +=
      fmt::format("    '{}') options='{}' words=({}) ;;\n", path, fmt::join(options, " "),
                  names.empty() ? positional : fmt::format("-W '{}'", fmt::join(names, " ")));
  for (const CommandHelp& inner : command.commands) read(inner, path + "/" + inner.name, tables);
}

}  // namespace

std::string bash_completion(const CommandHelp& program) {
  Tables tables;
  read(program, "", tables);
  std::string script = kHead + tables.commands;
  script += fmt::format("      {})\n{}", fmt::join(tables.valued, " | "), kMiddle);
  script += "  case \"$path $prev\" in\n";
  for (const auto& [asked, places] : tables.values) {
    script += fmt::format("    {})\n", fmt::join(places, " | "));
    if (asked == "-f" || asked == "-d") script += "      compopt -o filenames 2>/dev/null\n";
    if (!asked.empty()) {
      script += fmt::format("      mapfile -t COMPREPLY < <(compgen {} -- \"$cur\")\n", asked);
    }
    script += "      return ;;\n";
  }
  script += "  esac\n  local options= words=()\n  case $path in\n" + tables.words + "  esac\n";
  script +=
      "  if [[ $cur == -* || ${#words[@]} == 0 ]]; then\n"
      "    words=(-W \"$options\")\n"
      "  elif [[ ${words[0]} != -W ]]; then\n"
      "    compopt -o filenames 2>/dev/null\n"
      "  fi\n"
      "  mapfile -t COMPREPLY < <(compgen \"${words[@]}\" -- \"$cur\")\n";
  return script + kTail;
}

}  // namespace ringfence
