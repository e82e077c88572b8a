// SPDX-License-Identifier: Apache-2.0
// Lists, pipelines, compound and simple commands.
#include <algorithm>
#include <array>

#include "shell/names.h"
#include "shell/parser.h"

namespace ringfence::shell {
namespace {

constexpr auto kClosing =
    std::to_array<std::string_view>({"then", "elif", "else", "fi", "do", "done", "esac", "}"});
constexpr auto kEndsArm = std::to_array<std::string_view>({";;", ";&", ";;&"});

bool contains(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

}  // namespace

void Parser::script() {
  list(true);
  if (!stopped() && peek().kind != Kind::end) refuse("a line ends where it should go on");
}

bool Parser::ends_list() {
  const Token& token = peek();
  if (token.kind == Kind::end) return true;
  if (token.kind == Kind::op) return token.op == ")" || contains(kEndsArm, token.op);
  return token.kind == Kind::word && !token.quoted && contains(kClosing, token.word.text);
}

void Parser::expect(std::string_view reserved) {
  if (!peek_reserved(reserved)) return refuse(fmt::format("a block lacks its `{}`", reserved));
  drop();
}

void Parser::expect_op(std::string_view op) {
  if (!peek_op(op)) return refuse(fmt::format("a block lacks its `{}`", op));
  drop();
}

void Parser::list(bool may_be_empty) {
  if (!sink_.enter()) return;
  skip_newlines();
  if (ends_list() && !may_be_empty) refuse("a block holds no command");
  while (!stopped() && !ends_list()) {
    pipeline();
    if (stopped()) return;
    if (peek_op("&&") || peek_op("||")) {
      drop();
      skip_newlines();
      if (ends_list()) refuse("a list ends in an operator");
      continue;
    }
    if (peek_op(";") || peek_op("&") || peek().kind == Kind::newline) {
      drop();
      skip_newlines();
    } else if (!ends_list()) {
      refuse("an operator is not understood");
    }
  }
  sink_.leave();
}

void Parser::pipeline() {
  while (peek_reserved("!") || peek_reserved("time")) {
    const bool timed = peek_reserved("time");
    drop();
    if (!timed) continue;
    sink_.add(Command{"time", {}});
    if (peek_reserved("-p")) drop();
    if (peek_reserved("--")) drop();
    if (peek().kind == Kind::word && peek().word.text.starts_with('-')) {
      return refuse("an option of `time` is not known");
    }
    if (peek().kind != Kind::word && !peek_op("(")) return refuse("`time` times nothing");
  }
  command();
  while (!stopped() && (peek_op("|") || peek_op("|&"))) {
    drop();
    skip_newlines();
    command();
  }
}

void Parser::command() {
  if (!sink_.enter()) return;
  const Token& token = peek();
  if (token.kind == Kind::op && token.op == "(") {
    drop();
    if (cursor_.peek() == '(' && peek_op("(")) refuse("arithmetic in (( )) is not read");
    list(false);
    expect_op(")");
    after_compound();
  } else if (token.reserved("{")) {
    drop();
    list(false);
    expect("}");
    after_compound();
  } else if (token.reserved("if")) {
    if_command();
  } else if (token.reserved("while") || token.reserved("until")) {
    loop_command();
  } else if (token.reserved("for")) {
    for_command();
  } else if (token.reserved("case")) {
    case_command();
  } else if (token.reserved("[[")) {
    test_command();
  } else {
    simple_command();
  }
  if (!stopped()) sink_.leave();
}

void Parser::after_compound() {
  while (!stopped() && redirection(nullptr)) {
  }
}

void Parser::if_command() {
  drop();
  list(false);
  expect("then");
  list(false);
  while (!stopped() && peek_reserved("elif")) {
    drop();
    list(false);
    expect("then");
    list(false);
  }
  if (peek_reserved("else")) {
    drop();
    list(false);
  }
  expect("fi");
  after_compound();
}

void Parser::loop_command() {
  drop();
  list(false);
  expect("do");
  list(false);
  expect("done");
  after_compound();
}

void Parser::for_command() {
  drop();
  const Token name = peek();
  if (name.kind != Kind::word || name.quoted || !is_identifier(name.word.text) ||
      is_guarded_variable(name.word.text)) {
    return refuse("a loop over a variable that changes what is run, or over none");
  }
  drop();
  skip_newlines();
  if (peek_reserved("in")) {
    drop();
    while (peek().kind == Kind::word) drop();
    if (!peek_op(";") && peek().kind != Kind::newline) return refuse("a loop is not understood");
  }
  if (peek_op(";")) drop();
  skip_newlines();
  expect("do");
  list(false);
  expect("done");
  after_compound();
}

void Parser::case_command() {
  drop();
  if (peek().kind != Kind::word) return refuse("a case is not understood");
  drop();
  skip_newlines();
  expect("in");
  skip_newlines();
  while (!stopped() && !peek_reserved("esac")) case_arm();
  expect("esac");
  after_compound();
}

void Parser::case_arm() {
  if (peek_op("(")) drop();
  while (true) {
    if (peek().kind != Kind::word) return refuse("a pattern of a case is not understood");
    drop();
    if (!peek_op("|")) break;
    drop();
  }
  expect_op(")");
  list(true);
  if (peek().kind == Kind::op && contains(kEndsArm, peek().op)) {
    drop();
    skip_newlines();
  } else if (!peek_reserved("esac")) {
    refuse("an arm of a case is not closed");
  }
}

// [[ … ]]: tests of files and strings. What would evaluate a value as arithmetic is refused. A
// shell without this form would start a program of that name, so it is listed as one.
void Parser::test_command() {
  static constexpr auto kRefused =
      std::to_array<std::string_view>({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R", "=~"});
  drop();
  sink_.add(Command{"[[", {}});
  while (!stopped() && !peek_reserved("]]")) {
    const Token& token = peek();
    if (token.kind == Kind::word) {
      if (std::ranges::any_of(kRefused, [&](auto op) { return token.word.text == op; })) {
        refuse("a test that is arithmetic or a regular expression is not read; use [ ]");
      }
    } else if (token.kind != Kind::op || (token.op != "&&" && token.op != "||")) {
      refuse("a test in [[ ]] is not understood");
    }
    drop();
  }
  expect("]]");
  after_compound();
}

bool Parser::assignment(const Token& token) {
  const std::string_view plain = std::string_view(token.word.text).substr(0, token.plain);
  const std::size_t equals = plain.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view name = plain.substr(0, equals);
  if (name.ends_with('+') && is_identifier(name.substr(0, name.size() - 1))) {
    // bash appends; sh starts the program of that name.
    refuse("+= is a program's name to some shells");
    return true;
  }
  if (!is_identifier(name)) return false;
  if (is_guarded_variable(name)) {
    refuse(fmt::format("setting {} changes what is run", name));
  }
  return true;
}

void Parser::simple_command() {
  const auto simple = std::make_shared<Simple>();
  bool any = false;
  bool assigning = true;
  while (!stopped()) {
    if (redirection(simple)) {
      any = true;
      continue;
    }
    if (peek().kind != Kind::word) break;
    const Token token = peek();
    drop();
    any = true;
    if (assigning && assignment(token)) continue;
    if (token.array) return refuse("an array is set by a command");
    assigning = false;
    simple->words.push_back(token.word);
  }
  if (stopped()) return;
  if (!any) return refuse("an operator stands where a command should");
  if (peek_op("(")) return refuse("a function is defined; call what it would run instead");
  if (simple->words.empty()) return;
  // The text of a heredoc comes with the next newline, which may be after further commands.
  const bool waits = std::ranges::any_of(
      heredocs_, [&](const Heredoc& heredoc) { return heredoc.simple == simple; });
  if (waits) {
    waiting_.push_back(simple);
  } else {
    unfold(std::move(*simple), sink_);
  }
}

}  // namespace ringfence::shell
