// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "cli/completion.h"

namespace ringfence {
namespace {

constexpr const char* kHead =
    R"(# fish completion of ringfence; made by `ringfence completion fish`.

# Whether the words before the cursor name this command: "/policy/check".
function __ringfence_at
    set -l path ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if test "$word" = --
            set path --
            break
        end
        switch "$path $word"
)";
constexpr const char* kAfterPath = R"(                set skip 1
        end
    end
    test "$path" = "$argv[1]"
end

complete -c ringfence -f
complete -c ringfence -n '__ringfence_at --' -F -a '(__fish_complete_command)'
)";

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string value_of(const OptionHelp& option) {
  switch (value_kind(option)) {
    case ValueKind::none: return "";
    case ValueKind::choice:
      return fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(option.choices, " "))));
    case ValueKind::file: return " -r -F";
    case ValueKind::directory: return " -x -a '(__fish_complete_directories)'";
    default: return " -x";
  }
}

void write(const CommandHelp& command, const std::string& path, std::string& arms,
           std::string& valued, std::string& lines) {
  const std::string here = fmt::format("complete -c ringfence -n '__ringfence_at \"{}\"'", path);
  for (const OptionHelp& option : command.options) {
    if (option.positional()) {
      const ValueKind kind = value_kind(option);
      if (kind == ValueKind::file) lines += here + " -F\n";
      if (kind == ValueKind::command) lines += here + " -a '(__fish_complete_command)'\n";
      continue;
    }
    lines += here;
    for (const std::string& name : option.names) {
      const bool is_long = name.starts_with("--");
      lines += fmt::format(" {} {}", is_long ? "-l" : "-s", name.substr(is_long ? 2 : 1));
      if (!option.value.empty()) valued += fmt::format(" '{} {}'", path, name);
    }
    lines += fmt::format("{} -d {}\n", value_of(option), quoted(option.about));
  }
  for (const CommandHelp& inner : command.commands) {
    lines += fmt::format("{} -a {} -d {}\n", here, inner.name, quoted(inner.about));
    const std::string below = path + "/" + inner.name;
    arms += fmt::format("            case '{} {}'\n                set path {}\n", path, inner.name,
                        below);
    write(inner, below, arms, valued, lines);
  }
}

}  // namespace

std::string fish_completion(const CommandHelp& program) {
  std::string arms, valued, lines;
  write(program, "", arms, valued, lines);
  return kHead + arms + "            case" + valued + "\n" + kAfterPath + lines;
}

}  // namespace ringfence
