// SPDX-License-Identifier: Apache-2.0
#include "tests/property/shell_lines.h"

#include <array>

namespace ringfence::testing {
namespace {

constexpr auto kPrograms = std::to_array<std::string_view>(
    {"zq0", "zq1",  "zq2",   "zq3",     "zq4",   "zq5",  "zq6",    "zq7",    "zq8", "zq9", "zqx",
     "env", "nice", "nohup", "timeout", "xargs", "find", "stdbuf", "setsid", "sh",  "bash"});

constexpr auto kNames = std::to_array<std::string_view>(
    {"pipeline", "list", "subshell", "substitution", "heredoc", "wrapper", "assignment",
     "redirection", "if", "loop", "case", "script", "from stdin"});
static_assert(kNames.size() == kKinds);

constexpr auto kArguments = std::to_array<std::string_view>(
    {"a",   "-x", "--long=1", "'a b'", "\"c d\"", "$x", "\"$y\"", "${z}",    "\"${z:-q}\"",
     "*.t", "?",  "[ab]*",    "~",     "{a,b}",   "{}", "a\\ b",  "$'t\\n'", "\"$@\"",
     "$#",  "''", "a=b",      "#",     "a#b",     "!",  "then",   "in",      "-"});

// A loop that a letter more could make endless.
bool has_open_loop(std::string_view line) {
  return line.find("while") != line.npos || line.find("until") != line.npos ||
         line.find("for (") != line.npos;
}

}  // namespace

std::span<const std::string_view> program_names() { return kPrograms; }
std::string_view name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string ShellLines::program() {
  const std::string name = "zq" + std::to_string(below(10));
  switch (below(12)) {
    case 0: return "'" + name + "'";
    case 1: return "z\\" + name.substr(1);
    case 2: return "\"z\"" + name.substr(1);
    default: return name;
  }
}

std::string ShellLines::word(int depth) {
  if (depth <= 0 || chance(70)) return std::string(pick(kArguments));
  const std::string inner = chance(40) ? program() : list(depth - 1);
  kinds_.set(static_cast<std::size_t>(Kind::substitution));
  switch (below(6)) {
    case 0: return "$(" + inner + "\n)";
    case 1: return "\"$(" + inner + "\n)\"";
    case 2: return "`" + program() + "`";
    case 3: return "<(" + inner + "\n)";
    case 4: return "\"${x:-$(" + program() + ")}\"";
    default: return "a$(" + program() + ")b";
  }
}

std::string ShellLines::quoted_script(int depth) {
  const std::string script = list(depth - 1);
  return script.find('\'') == std::string::npos ? "'" + script + "'" : "zq0";
}

std::string ShellLines::heredoc(int depth) {
  const std::string body = word(depth);
  const bool feeds_shell = chance(30);
  std::string out = feeds_shell ? "sh" : program();
  out += chance(40) ? " <<'E'\n" : " <<E\n";
  out += (feeds_shell ? program() : body) + "\nE\n" + program();
  return mark(Kind::heredoc, std::move(out));
}

std::string ShellLines::simple(int depth) {
  static constexpr auto kBefore = std::to_array<std::string_view>(
      {"env ", "env -u V ", "env A=1 ", "nice ", "nice -n 2 ", "nohup ", "timeout 9 ",
       "stdbuf -o0 ", "setsid -w ", "xargs ", "xargs -n 1 ", "command ", "eval ", "exec ",
       "time "});
  if (chance(6)) return heredoc(depth);
  std::string out;
  if (chance(12)) out += mark(Kind::assignment, "v=" + word(depth) + " ");
  if (chance(5)) out += mark(Kind::redirection, "2>e ");
  if (chance(18)) out += mark(Kind::wrapper, std::string(pick(kBefore)));
  if (depth > 0 && chance(8)) {
    out += mark(Kind::script, (chance(50) ? "sh -c " : "bash -c ") + quoted_script(depth));
  } else if (chance(4)) {
    out += mark(Kind::wrapper, "find . -maxdepth 0 -exec " + program() + " {} \\;");
  } else {
    out += program();
  }
  for (std::size_t n = below(4); n > 0; --n) out += " " + word(depth);
  if (chance(8)) out += mark(Kind::redirection, " >f");
  if (chance(4)) out += mark(Kind::redirection, " 2>&1");
  if (chance(3)) out += " <<< " + word(depth);
  if (chance(4)) out += mark(Kind::from_stdin, chance(50) ? " | sh" : " | bash -s a");
  return out;
}

std::string ShellLines::compound(int depth) {
  const std::string inner = list(depth - 1);
  switch (below(loops_ ? 8 : 6)) {
    case 0: return mark(Kind::subshell, "(" + inner + "\n)");
    case 1: return "{ " + inner + "\n}";
    case 2:
      return mark(Kind::if_block,
                  "if " + simple(depth - 1) + "\nthen " + inner + "\nelse " + program() + "; fi");
    case 3: return mark(Kind::loop, "for i in a " + word(depth - 1) + "\ndo " + inner + "\ndone");
    case 4:
      return mark(Kind::case_block, "case " + word(depth - 1) + " in a|b) " + inner + "\n;; *) " +
                                        program() + ";; esac");
    case 5: return "! " + inner;
    case 6: return mark(Kind::loop, "while zq0; do " + inner + "\nbreak; done");
    default: return mark(Kind::loop, "until zq2; do " + inner + "\nbreak; done");
  }
}

std::string ShellLines::list(int depth) {
  static constexpr auto kBetween =
      std::to_array<std::string_view>({"; ", " | ", " && ", " || ", "\n", " & ", " |& "});
  std::string out;
  for (std::size_t n = 1 + below(3); n > 0; --n) {
    if (!out.empty()) {
      const std::string_view between = pick(kBetween);
      const bool pipe = between == " | " || between == " |& ";
      out += mark(pipe ? Kind::pipeline : Kind::list, std::string(between));
    }
    out += depth > 0 && chance(20) ? compound(depth) : simple(depth);
  }
  return out;
}

void ShellLines::mutate(std::string& line) {
  static constexpr std::string_view kLetters = "'\"\\`$(){};&|<>#\n *?[]!=x\t";
  for (std::size_t n = 1 + below(3); n > 0 && !line.empty(); --n) {
    const std::size_t at = below(line.size());
    if (chance(50)) {
      line.insert(at, 1, kLetters[below(kLetters.size())]);
    } else {
      line.erase(at, 1);
    }
  }
}

ShellText ShellLines::next() {
  const bool mutated = chance(20);
  std::string line;
  do {
    kinds_.reset();
    loops_ = !mutated;
    line = chance(25) ? std::string(pick(shell_traps())) : list(2);
    if (chance(20)) line += "\n" + std::string(pick(shell_traps()));
  } while (line.size() > 2000 || (mutated && has_open_loop(line)));
  if (!mutated) return {std::move(line), kinds_};
  mutate(line);
  return {std::move(line), {}};
}

}  // namespace ringfence::testing
