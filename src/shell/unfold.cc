// SPDX-License-Identifier: Apache-2.0
// What a command starts in turn: wrappers, scripts given as text, builtins that run text.
#include "shell/unfold.h"

#include <algorithm>
#include <array>

#include "shell/builtins.h"
#include "shell/leading.h"
#include "shell/names.h"
#include "shell/options.h"
#include "shell/parser.h"
#include "shell/wrappers.h"

namespace ringfence::shell {
namespace {

using Words = std::vector<Word>;

Words tail(const Words& words, std::size_t from) {
  Words out;
  for (std::size_t i = from; i < words.size(); ++i) out.push_back(words[i]);
  return out;
}

void put(const std::string& program, const Words& words, Sink& sink) {
  sink.add(Command{program, tail(words, 1)});
}

// `sh -c script`, also where a program runs one by itself.
void run_script(std::string_view who, const Word& script, Sink& sink) {
  if (script.dynamic()) {
    return sink.refuse(fmt::format("{}: the script is not known before it runs", who));
  }
  parse_script(script.text, sink);
}

void unfold_words(Words words, const Words& inputs, Sink& sink);

// --- shells --------------------------------------------------------------------------------------

// A shell's own options; the letters of `-c` and of long options that run nothing else.
struct ShellCall {
  bool script = false;      // -c
  bool from_stdin = false;  // -s, or no operand
  std::size_t operand = 0;
};

ShellCall shell_call(std::string_view program, const Words& words, Sink& sink) {
  static constexpr auto kLong =
      std::to_array<std::string_view>({"--norc", "--noprofile", "--posix", "--login", "--verbose",
                                       "--restricted", "--version", "--help"});
  ShellCall call;
  std::size_t i = 1;
  for (; i < words.size(); ++i) {
    const Word& word = words[i];
    if (word.open()) {
      sink.refuse(fmt::format("{}: an expansion stands where an option may be", program));
      return call;
    }
    if (word.is("--") || word.is("-")) {
      ++i;
      break;
    }
    if (!word.text.starts_with('-') && !word.text.starts_with('+')) break;
    if (std::ranges::any_of(kLong, [&](auto name) { return word.is(name); })) continue;
    const std::string_view letters = std::string_view(word.text).substr(1);
    if (letters == "o" || letters == "O") {
      if (++i < words.size() && !words[i].dynamic()) continue;
    } else if (letters.find_first_not_of("abcefhklmnpstuvxBCEHPT") == std::string_view::npos) {
      if (letters.find('k') == std::string_view::npos) {
        call.script |= letters.find('c') != std::string_view::npos;  // +c runs it too
        call.from_stdin |= letters.find('s') != std::string_view::npos;
        continue;
      }
    }
    sink.refuse(fmt::format("{}: an option is not known, or it reads other files", program));
    return call;
  }
  call.operand = i;
  if (i >= words.size()) call.from_stdin = !call.script;
  return call;
}

void unfold_shell(const std::string& program, const Words& words, const Words& inputs, Sink& sink) {
  put(program, words, sink);
  const bool appended = words.size() == 2 && words[1].many;  // xargs sh: what it runs is input
  if (appended) return;
  if (words.size() > 1 && words[1].text.empty() && !words[1].dynamic()) return;
  const ShellCall call = shell_call(program, words, sink);
  if (sink.refused()) return;
  if (call.script) {
    if (call.operand >= words.size()) return;
    if (!is_posix_shell(program)) {
      return sink.refuse(fmt::format("{}: scripts in its syntax are not read", program));
    }
    return run_script(program, words[call.operand], sink);
  }
  if (call.from_stdin && !inputs.empty()) {
    if (!is_posix_shell(program)) {
      return sink.refuse(fmt::format("{}: scripts in its syntax are not read", program));
    }
    for (const Word& input : inputs) run_script(program, input, sink);
  }
}

// The joined words as a script of sh.
void unfold_joined(std::string_view who, const Words& words, std::size_t from, Sink& sink) {
  Word script;
  for (std::size_t i = from; i < words.size(); ++i) {
    if (words[i].dynamic()) script.text += kUnknown;
    script.text += (i > from ? " " : "") + words[i].text;
  }
  run_script(who, script, sink);
}

// --- programs with a form of their own
// ------------------------------------------------------------

void unfold_xargs(const Words& words, const Operands& operands, Sink& sink) {
  std::optional<std::string> replace;
  bool lines = false;  // the later of -I and these cancels the other
  for (const SeenOption& option : operands.options) {
    lines |= option.name == "-L" || option.name == "-l" || option.name == "-n" ||
             option.name == "--max-args" || option.name == "--max-lines";
    if (option.name == "-I" || option.name == "-i" || option.name == "--replace") {
      if (option.value && option.value->dynamic()) {
        return sink.refuse("xargs: the text to replace is not known");
      }
      replace = option.value && !option.value->text.empty() ? option.value->text : "{}";
    }
  }
  if (replace && lines) return sink.refuse("xargs: -I together with -L or -n is not read");
  Words inner = tail(words, operands.first);
  if (inner.empty()) inner.push_back({"echo", false});
  if (!replace) {
    inner.push_back({std::string(1, kUnknown), true});
    return unfold_words(std::move(inner), {}, sink);
  }
  for (Word& word : inner) {
    for (std::size_t at; (at = word.text.find(*replace)) != std::string::npos;) {
      word.text.replace(at, replace->size(), 1, kUnknown);
    }
  }
  unfold_words(std::move(inner), {}, sink);
}

bool is_find_action(const Word& word) {
  return word.is("-exec") || word.is("-execdir") || word.is("-ok") || word.is("-okdir");
}

void unfold_find(const Words& words, Sink& sink) {
  std::size_t unknown = 0;
  bool ends = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].many && words[i].open()) {
      return sink.refuse("find: an expansion may be an action; quote it, or put ./ before it");
    }
    unknown += words[i].open() || (words[i].dynamic() && words[i].text.starts_with('-')) ? 1 : 0;
    ends |= words[i].is(";") || words[i].is("+");
  }
  if (unknown > 1 || (unknown == 1 && ends)) {
    return sink.refuse("find: an expansion may be an action; put plain text before it");
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!is_find_action(words[i])) continue;
    Words inner;
    for (++i; i < words.size() && !words[i].is(";"); ++i) {
      const bool plus = words[i].is("+") && !inner.empty() && words[i - 1].is("{}");
      if (plus) break;
      inner.push_back(words[i]);
    }
    if (i >= words.size() || inner.empty()) return sink.refuse("find: an action has no end");
    for (Word& word : inner) {
      for (std::size_t at; (at = word.text.find("{}")) != std::string::npos;) {
        word.text.replace(at, 2, 1, kUnknown);
      }
      word.many |= words[i].is("+") && word.text == std::string(1, kUnknown);
    }
    unfold_words(std::move(inner), {}, sink);
    if (sink.refused()) return;
  }
}

// flock FILE command, flock FILE -c script.
void unfold_flock(const Words& words, Sink& sink) {
  const Operands operands = skip_options(
      words,
      "-s -x -e -u -n -o -F -v -w= -E= --shared --exclusive --unlock --nonblock --close --no-fork "
      "--verbose --timeout= --wait= --conflict-exit-code= -h! --help! -V! --version!",
      sink);
  const std::size_t at = operands.first + 1;
  if (sink.refused() || at >= words.size()) return;
  if (!words[at].is("-c") && !words[at].is("--command")) {
    return unfold_words(tail(words, at), {}, sink);
  }
  if (at + 2 != words.size()) return sink.refuse("flock: -c takes one script");
  sink.add(Command{"sh", {{"-c", false}, words[at + 1]}});
  run_script("flock", words[at + 1], sink);
}

// script and su: a shell, or what -c says.
void unfold_login(const std::string& program, const Words& words, Sink& sink) {
  sink.add(Command{"sh", {}});
  Word before;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Word& word = words[i];
    const bool option = word.text.starts_with('-') && word.text.size() > 1;
    if (word.open()) return sink.refuse(fmt::format("{}: an expansion may be an option", program));
    if (!option) continue;
    const bool command = word.is("-c") || word.is("--command") || word.is("-qc") ||
                         (program != "su" && word.is("-qec"));
    if (command && i + 1 < words.size()) {
      run_script(program, words[++i], sink);
    } else if (!word.is("-") && !word.is("-l") && !word.is("--login") && !word.is("-q") &&
               !word.is("-a") && !word.is("-e") && !word.is("-f")) {
      return sink.refuse(fmt::format("{}: an option is not known, or it starts programs", program));
    }
  }
}

void unfold_watch(const Words& words, Sink& sink) {
  const Operands operands = skip_options(
      words,
      "-b -c -d? -e -g -p -t -w -x -n= -q= --beep --color --differences? --errexit --chgexit "
      "--precise --no-title --no-wrap --exec --interval= --equexit= -h! --help! -v! --version!",
      sink);
  if (sink.refused() || operands.first >= words.size()) return;
  const bool direct = std::ranges::any_of(operands.options, [](const SeenOption& option) {
    return option.name == "-x" || option.name == "--exec";
  });
  if (direct) return unfold_words(tail(words, operands.first), {}, sink);
  sink.add(Command{"sh", {}});
  unfold_joined("watch", words, operands.first, sink);
}

// busybox and toybox: their first operand is the program.
void unfold_box(const Words& words, Sink& sink) {
  if (words.size() == 1 || words[1].is("--list") || words[1].is("--help")) return;
  if (words[1].text.starts_with('-')) return sink.refuse("busybox: an option is not known");
  unfold_words(tail(words, 1), {}, sink);
}

// --- the rest
// -------------------------------------------------------------------------------------

void check_assignment(std::string_view who, const Word& word, Sink& sink) {
  const std::string_view name = std::string_view(word.text).substr(0, word.text.find('='));
  if (!is_identifier(name) || is_guarded_variable(name)) {
    sink.refuse(fmt::format("{}: it sets a variable that changes what is run", who));
  }
}

// env -S: its own splitting; only the plainest text is taken.
bool split_string(Words& words, Sink& sink) {
  if (words.size() < 2) return true;
  Word& word = words[1];
  std::string text;
  std::size_t used = 1;
  if (word.is("-S") || word.is("--split-string")) {
    if (words.size() < 3 || words[2].dynamic()) {
      sink.refuse("env: the text to split is not known");
      return false;
    }
    text = words[2].text;
    used = 2;
  } else if (!word.dynamic() && word.text.starts_with("-S")) {
    text = word.text.substr(2);
  } else {
    return true;
  }
  if (text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                             " _./=,:@%+-") != std::string::npos) {
    sink.refuse("env: the text to split holds more than plain words");
    return false;
  }
  Words split{words[0]};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) split.push_back({text.substr(at, end - at), false});
    at = end + 1;
  }
  const Words after = tail(words, used + 1);
  split.insert(split.end(), after.begin(), after.end());
  words = std::move(split);
  return true;
}

void unfold_wrapper(const Wrapper& wrapper, Words words, const Words& inputs, Sink& sink) {
  if (wrapper.program == "env" && !split_string(words, sink)) return;
  const Operands operands = skip_options(words, wrapper.options, sink);
  if (sink.refused()) return;
  for (const SeenOption& option : operands.options) {
    if (wrapper.program != "strace" || option.name != "-o") continue;
    const Word& file = *option.value;
    if (file.open() || file.text.starts_with('|') || file.text.starts_with('!')) {
      return sink.refuse("strace: its output may be a program");
    }
  }
  if (wrapper.program == "xargs") return unfold_xargs(words, operands, sink);
  std::size_t at = operands.first;
  if (operands.told) return;  // it tells about itself, or about a command (command -v)
  if (at < words.size() && wrapper.program == "env" && words[at].is("-")) ++at;
  for (std::size_t i = 0; i < wrapper.operands && at < words.size(); ++i, ++at) {
    if (words[at].many) {
      return sink.refuse(
          fmt::format("{}: an operand may be several words; quote it", wrapper.program));
    }
  }
  while (wrapper.assignments && at < words.size() && !words[at].open() &&
         words[at].text.find('=') != std::string::npos) {
    if (words[at].many) return sink.refuse("a value may be several words; quote it");
    check_assignment(wrapper.program, words[at], sink);
    ++at;
  }
  if (at < words.size()) return unfold_words(tail(words, at), inputs, sink);
  if (wrapper.bare == Bare::shell) sink.add(Command{"sh", {}});
}

void unfold_known(const std::string& program, const Words& words, const Words& inputs, Sink& sink) {
  if (program == "find") {
    unfold_find(words, sink);
  } else if (program == "flock") {
    unfold_flock(words, sink);
  } else if (program == "su" || program == "script" || program == "runuser") {
    unfold_login(program, words, sink);
  } else if (program == "watch") {
    unfold_watch(words, sink);
  } else if (program.starts_with("busybox") || program.starts_with("toybox")) {
    unfold_box(words, sink);
  } else if (is_unread_wrapper(program)) {
    sink.refuse(fmt::format("{} starts programs that cannot be told", program));
  } else if (program == "parallel") {
    sink.refuse("parallel makes commands out of what it reads");
  } else if (program == "eval") {
    unfold_joined("eval", words, words.size() > 1 && words[1].is("--") ? 2 : 1, sink);
  } else if (program == "." || program == "source") {
    sink.add(Command{"sh", tail(words, 1)});
  } else if (const Wrapper* wrapper = find_wrapper(program)) {
    unfold_wrapper(*wrapper, words, inputs, sink);
  } else {
    check_builtin(program, words, sink);
  }
}

void unfold_words(Words words, const Words& inputs, Sink& sink) {
  if (!sink.enter()) return;
  if (words.empty()) return sink.leave();
  if (words[0].dynamic()) return sink.refuse("the program to start is not known before it runs");
  const std::string program = program_name(words[0].text);
  const bool control = std::ranges::any_of(
      program, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (program.empty() || control) return sink.refuse("a program has no name");
  if (program.starts_with("git-") && program.size() > 4) {
    // What git would start for `git NAME`.
    put(program, words, sink);
    Words whole{{"git", false}, {program.substr(4), false}};
    const Words rest = tail(words, 1);
    whole.insert(whole.end(), rest.begin(), rest.end());
    words = std::move(whole);
  }
  const std::string name = program_name(words[0].text);
  if (is_shell(name)) {
    unfold_shell(name, words, inputs, sink);
    if (!sink.refused()) sink.leave();
    return;
  }
  skip_leading(words, sink);
  Command command{name, tail(words, 1)};
  refuse_starting_options(command, sink);
  if (sink.refused()) return;
  sink.add(std::move(command));
  unfold_known(name, words, inputs, sink);
  if (!sink.refused()) sink.leave();
}

}  // namespace

void unfold(Simple simple, Sink& sink) {
  unfold_words(std::move(simple.words), simple.inputs, sink);
}

void parse_script(std::string_view text, Sink& sink) {
  sink.count_bytes(text.size());
  if (!sink.enter()) return;
  Parser(text, sink).script();
  if (!sink.refused()) sink.leave();
}

}  // namespace ringfence::shell
