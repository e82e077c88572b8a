// SPDX-License-Identifier: Apache-2.0
#include "shell/builtins.h"

#include <algorithm>
#include <array>

#include "shell/names.h"
#include "shell/unfold.h"

namespace ringfence::shell {
namespace {

constexpr auto kRefused = std::to_array<std::string_view>(
    {"alias",     "unalias",   "shopt",     "enable",   "hash",       "complete", "compgen",
     "compopt",   "bind",      "fc",        "history",  "let",        "coproc",   "select",
     "function",  "noglob",    "nocorrect", "repeat",   "foreach",    "emulate",  "zmodload",
     "autoload",  "functions", "setopt",    "unsetopt", "sched",      "zle",      "mapfile",
     "readarray", "nameref",   "-",         "always",   "end",        "((",       "vared",
     "zcompile",  "ttyctl",    "disable",   "float",    "integer",    "then",     "else",
     "elif",      "fi",        "do",        "done",     "esac",       "case",     "for",
     "while",     "until",     "if",        "{",        "}",          "in",       "!",
     "rehash",    "whence",    "print",     "compdef",  "zparseopts", "zstyle",   "zformat"});
constexpr auto kDeclaring = std::to_array<std::string_view>(
    {"export", "readonly", "local", "declare", "typeset", "unset", "read", "getopts"});
constexpr auto kSafeOptions = std::to_array<std::string_view>(
    {"pipefail", "errexit", "nounset", "xtrace", "noglob", "noclobber", "verbose", "noexec"});

bool contains(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

void check_name(const std::string& program, const Word& word, Sink& sink) {
  std::string_view name = std::string_view(word.text).substr(0, word.text.find('='));
  if (name.ends_with('+')) name.remove_suffix(1);
  if (word.open() || !is_identifier(name)) {
    return sink.refuse(fmt::format("{}: a variable's name is not plain", program));
  }
  if (is_guarded_variable(name)) {
    return sink.refuse(fmt::format("{}: {} changes what is run", program, name));
  }
  // Of a variable that is an array already, `(…)` is evaluated, substitutions included.
  const std::size_t equals = std::min(word.text.find('='), word.text.size());
  const std::string_view value = std::string_view(word.text).substr(equals);
  if (value.starts_with("=(") || value.starts_with(std::string_view("=\0", 2))) {
    const bool array = value[1] == '(' || program != "export";
    if (array) return sink.refuse(fmt::format("{}: a value may be an array's", program));
  }
  // An unquoted value may become further names.
  if (word.many) sink.refuse(fmt::format("{}: a value may be several words; quote it", program));
}

void check_declaring(const std::string& program, const std::vector<Word>& words, Sink& sink) {
  std::size_t i = 1;
  for (; i < words.size() && words[i].text.starts_with('-'); ++i) {
    const std::string_view letters = std::string_view(words[i].text).substr(1);
    if (words[i].is("--")) {
      ++i;
      break;
    }
    if (program == "read" && (letters == "p" || letters == "d" || letters == "n" ||
                              letters == "t" || letters == "u" || letters == "rp")) {
      if (++i < words.size() && words[i].many) {
        return sink.refuse("read: a value may be several words; quote it");
      }
      continue;
    }
    const std::string_view safe = program == "read" ? "rs" : program == "unset" ? "v" : "xrgp";
    if (letters.find_first_not_of(safe) != std::string_view::npos) {
      return sink.refuse(fmt::format("{}: an option is not known", program));
    }
  }
  if (program == "getopts") ++i;
  for (; i < words.size(); ++i) {
    check_name(program, words[i], sink);
    if (program == "getopts") return;  // the rest is what it reads
  }
}

void check_set(const std::vector<Word>& words, Sink& sink) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Word& word = words[i];
    if (word.is("--")) return;
    const bool option = word.text.starts_with('-') || word.text.starts_with('+');
    const std::string_view letters = option ? std::string_view(word.text).substr(1) : "?";
    if (letters.empty() || letters.find_first_not_of("euxfvnCo") != std::string_view::npos) {
      return sink.refuse("set: an option is not known; arguments follow `--`");
    }
    if (letters.find('o') == std::string_view::npos) continue;
    if (++i >= words.size() || !contains(kSafeOptions, words[i].text)) {
      return sink.refuse("set: an option is not known");
    }
  }
}

// test -v and -R evaluate a subscript; an expansion may be such an operator.
void check_test(const std::vector<Word>& words, Sink& sink) {
  static constexpr auto kBinary = std::to_array<std::string_view>(
      {"=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"});
  std::vector<Word> args(words.begin() + 1, words.end());
  if (words[0].text.ends_with('[') && !args.empty() && args.back().is("]")) args.pop_back();
  if (!args.empty() && args.front().is("!")) args.erase(args.begin());
  bool unknown = false;
  for (const Word& word : args) {
    if (word.is("-v") || word.is("-R") || word.many) {
      return sink.refuse("test: -v, -R and unquoted expansions are not read");
    }
    unknown |= word.dynamic();
  }
  if (!unknown || args.size() == 1) return;
  const bool unary = args.size() == 2 && !args[0].dynamic() && args[0].text.starts_with('-');
  const bool binary = args.size() == 3 && contains(kBinary, args[1].text);
  if (!unary && !binary) {
    sink.refuse("test: an expansion may be an operator; test one thing at a time");
  }
}

void check_trap(const std::vector<Word>& words, Sink& sink) {
  std::size_t i = words.size() > 1 && words[1].is("--") ? 2 : 1;
  if (i >= words.size() || words[i].is("-") || words[i].is("-l") || words[i].is("-p")) return;
  if (words.size() == i + 1) {
    // One word alone: a signal to reset, or text for none.
    if (words[i].dynamic()) sink.refuse("trap: its command is not known before it runs");
    return;
  }
  if (words[i].dynamic()) return sink.refuse("trap: its command is not known before it runs");
  parse_script(words[i].text, sink);
}

void check_printf(const std::vector<Word>& words, Sink& sink) {
  if (words.size() < 2) return;
  if (words[1].open()) return sink.refuse("printf: its format may be an option");
  if (!words[1].text.starts_with("-v")) return;
  const bool attached = words[1].text.size() > 2;
  if (!attached && words.size() < 3) return;
  check_name("printf", attached ? Word{words[1].text.substr(2), words[1].many} : words[2], sink);
}

}  // namespace

void check_builtin(const std::string& program, const std::vector<Word>& words, Sink& sink) {
  if (contains(kRefused, program)) {
    return sink.refuse(fmt::format("{} changes how a shell reads, or is not read here", program));
  }
  if (contains(kDeclaring, program)) return check_declaring(program, words, sink);
  if (program == "set") return check_set(words, sink);
  if (program == "test" || program == "[") return check_test(words, sink);
  if (program == "trap") return check_trap(words, sink);
  if (program == "printf") return check_printf(words, sink);
  if (program == "wait" || program == "jobs") {
    for (const Word& word : words) {
      if (word.open() || word.text.starts_with("-p") || word.text.starts_with("-x")) {
        return sink.refuse(fmt::format("{}: an option is not read", program));
      }
    }
  }
}

}  // namespace ringfence::shell
