// SPDX-License-Identifier: Apache-2.0
// Cuts the text into operators, newlines and words.
#include <array>

#include "shell/parser.h"

namespace ringfence::shell {
namespace {

// Longest first.
constexpr auto kOperators = std::to_array<std::string_view>(
    {"<<<", "<<-", "&>>", ";;&", "&&", "||", ";;", ";&", "|&", "<<", ">>", "<&",
     ">&",  "<>",  ">|",  "&>",  ";",  "&",  "|",  "<",  ">",  "(",  ")"});

}  // namespace

Parser::Token& Parser::peek() {
  if (!have_) {
    token_ = {};
    lex();
    have_ = true;
  }
  if (stopped()) token_ = {};  // the end, for whoever still looks
  return token_;
}

void Parser::skip_newlines() {
  while (peek().kind == Kind::newline) drop();
}

void Parser::lex() {
  while (cursor_.peek() == ' ' || cursor_.peek() == '\t') cursor_.take();
  if (cursor_.peek() == '#') {
    while (!cursor_.raw_done() && cursor_.raw_peek() != '\n') cursor_.raw_take();
  }
  if (cursor_.done()) {
    if (!heredocs_.empty()) refuse("a heredoc has no end");
    return;
  }
  const char first = cursor_.peek();
  if (first == '\n') {
    cursor_.take();
    token_.kind = Kind::newline;
    read_heredocs();
    return;
  }
  const bool substitution = (first == '<' || first == '>') && cursor_.peek_second() == '(';
  if (!substitution && std::string_view(";&|<>()").find(first) != std::string_view::npos) {
    return lex_operator(first);
  }
  lex_word();
}

void Parser::lex_operator(char first) {
  std::string seen(1, first);
  Cursor ahead = cursor_;
  ahead.take();
  while (seen.size() < 3 && !ahead.done()) seen += ahead.take();
  for (const std::string_view op : kOperators) {
    if (!seen.starts_with(op)) continue;
    for (std::size_t i = 0; i < op.size(); ++i) cursor_.take();
    token_.kind = Kind::op;
    token_.op = op;
    return;
  }
}

}  // namespace ringfence::shell
