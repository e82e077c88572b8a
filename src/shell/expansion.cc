// SPDX-License-Identifier: Apache-2.0
// What begins with a dollar or a backquote: its value is unknown, what it runs is collected.
#include <cctype>

#include "shell/names.h"
#include "shell/parser.h"

namespace ringfence::shell {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

void Parser::dollar(WordParts& parts, Place place) {
  const char next = cursor_.peek();
  const bool bare = place == Place::bare;
  if (next == '(') return substitution(parts, place);
  if (next == '{') return braced(parts, place);
  if (next == '[') return refuse("an arithmetic expression in $[ ] is not read");
  if (bare && next == '"') return refuse("a translated string ($\"…\") is not read");
  if (bare && next == '\'') {
    cursor_.take();
    return ansi_quoted(parts);
  }
  if (is_name_byte(next) && !is_digit(next)) {
    while (is_name_byte(cursor_.peek()) && !cursor_.done()) cursor_.take();
    parts.unknown();
    parts.many |= bare;
  } else if (is_digit(next) || next == '@' || next == '*') {
    cursor_.take();
    parts.unknown();
    parts.many |= bare || next == '@';
  } else if (next != '\0' && std::string_view("#?$!-").find(next) != std::string_view::npos) {
    cursor_.take();
    parts.unknown();
  } else {
    parts.literal('$');
    parts.end_plain();
  }
}

// ${…}: forms whose operand is text. Those that evaluate a value again are refused.
void Parser::braced(WordParts& parts, Place place) {
  cursor_.take();
  bool several = false;
  const bool length = cursor_.peek() == '#' && cursor_.peek_second() != '}';
  if (length) cursor_.take();
  std::string name;
  if (is_name_byte(cursor_.peek())) {
    while (is_name_byte(cursor_.peek()) && !cursor_.done()) name += cursor_.take();
  } else if (std::string_view("@*#?$!-").find(cursor_.peek()) != std::string_view::npos &&
             !cursor_.done()) {
    name += cursor_.take();
    several = name == "@";
    // ${!name} stands for the variable that another one names.
    if (name == "!" && cursor_.peek() != '}') return refuse("${!…} is not read");
  } else {
    return refuse("an expansion in ${ } is not understood");
  }
  if (cursor_.peek() == '[') {
    cursor_.take();
    std::string subscript;
    while (!cursor_.done() && cursor_.peek() != ']') subscript += cursor_.take();
    cursor_.take();
    several |= subscript == "@";
    const bool number = !subscript.empty() && subscript.size() < 10 &&
                        subscript.find_first_not_of("0123456789") == std::string::npos;
    if (subscript != "@" && subscript != "*" && !number) {
      return refuse("a subscript that is not a number is not read");
    }
  }
  parts.unknown();
  parts.many |= place == Place::bare || several;
  char op = cursor_.take();
  if (op == '}') return;
  if (length) return refuse("an expansion in ${ } is not understood");
  if (op == ':') {
    op = cursor_.peek();
    if (op == '\0' || std::string_view("-=?+").find(op) == std::string_view::npos) {
      // ${name:offset:length} is arithmetic; numbers alone are safe.
      while (!cursor_.done() &&
             std::string_view(" -:0123456789").find(cursor_.peek()) != std::string_view::npos) {
        cursor_.take();
      }
      if (!cursor_.take_if('}')) refuse("an offset that is not a number is not read");
      return;
    }
    cursor_.take();
  }
  if (op == '=' && (!is_identifier(name) || is_guarded_variable(name))) {
    return refuse("an expansion sets a variable that changes what is run");
  }
  if (op == '\0' || std::string_view("-=?+#%/^,").find(op) == std::string_view::npos) {
    return refuse("an expansion in ${ } is not understood");
  }
  braced_operand(place);
}

// Up to the closing brace. Shells differ in what a quote means here, so a place where that would
// matter is refused: single quotes, backslashes, and a brace inside double quotes.
void Parser::braced_operand(Place place) {
  if (!sink_.enter()) return;
  bool quoted = false;
  WordParts ignored;
  while (!stopped() && !cursor_.done()) {
    const char c = cursor_.take();
    if (c == '}' && !quoted) return sink_.leave();
    if (c == '\n') newline_in_word();
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '$') {
      // In quotes, so that $'…' is not one: its quote is refused below.
      dollar(ignored, quoted || place != Place::bare ? Place::in_quotes : Place::in_braces);
    } else if (c == '`') {
      backquoted(ignored, Place::in_quotes);
    } else if (c == '\'' || c == '\\' || c == '{' || c == '}' || c == '<' || c == '>') {
      return refuse("quotes and braces inside ${ } are not read");
    }
  }
  refuse("an expansion in ${ } is not closed");
}

// $(( … )) of numbers alone: the value of a name in it would be an expression again, which may
// hold a substitution.
void Parser::arithmetic() {
  std::size_t open = 0;
  while (!cursor_.done()) {
    const char c = cursor_.take();
    if (c == '(') {
      ++open;
    } else if (c == ')' && open > 0) {
      --open;
    } else if (c == ')') {
      if (!cursor_.take_if(')')) break;
      return;
    } else if (!is_digit(c) &&
               std::string_view(" \t+-*/%<>=!&|^~?:,").find(c) == std::string_view::npos) {
      break;
    }
  }
  refuse("arithmetic is read with numbers alone: a name in it may hold a command");
}

// After a dollar, or after the sign of a process substitution.
void Parser::substitution(WordParts& parts, Place place) {
  cursor_.take();
  parts.unknown();
  parts.many |= place == Place::bare;
  if (cursor_.peek() == '(') {
    // $((a); b) would be a subshell for some: it needs a space to be read as one.
    cursor_.take();
    return arithmetic();
  }
  nested_list();
}

void Parser::nested_list() {
  if (!sink_.enter()) return;
  std::vector<Heredoc> outer;
  outer.swap(heredocs_);
  const std::size_t before = cursor_.rest().size();
  const std::string_view text = cursor_.rest();
  list(true);
  expect_op(")");
  if (stopped()) return;
  const std::string_view inside = text.substr(0, before - cursor_.rest().size());
  if (!heredocs_.empty()) return refuse("a heredoc begins where its text cannot follow");
  heredocs_.swap(outer);
  if (inside.find('\n') != std::string_view::npos) newline_in_word();
  token_ = {};
  have_ = false;
  sink_.leave();
}

// `…`: its text ends at the next backquote without a backslash, and loses some backslashes before
// it is read as a script of its own.
void Parser::backquoted(WordParts& parts, Place place) {
  parts.unknown();
  parts.many |= place == Place::bare;
  std::string script;
  while (true) {
    if (cursor_.raw_done()) return refuse("a backquote is not closed");
    char c = cursor_.raw_take();
    if (c == '`') break;
    if (c == '\n') newline_in_word();
    if (c == '\\') {
      const char next = cursor_.raw_peek();
      if (next == '"' && place != Place::bare) {
        return refuse("an escaped quote inside backquotes inside quotes is not read");
      }
      if (next == '$' || next == '`' || next == '\\') c = cursor_.raw_take();
    }
    script += c;
  }
  sink_.count_bytes(script.size());
  if (!sink_.enter()) return;
  Parser(script, sink_).script();
  sink_.leave();
}

}  // namespace ringfence::shell
