// SPDX-License-Identifier: Apache-2.0
// Parser: a recursive descent over POSIX shell with what bash adds to it, which collects every
// program that the text could start.
//
// Contract: everything goes into the Sink; the first thing that is not understood refuses the whole
// line. Branches are all taken: both sides of `&&`, every arm of `if` and `case`. Commands inside
// substitutions are collected while their word is read. What bash and sh read differently is
// refused, and so is every construct through which the value of a variable becomes a command.
// Limitations: the syntax of zsh, fish and csh that is not POSIX is refused or read as bash reads
// it; a line for those shells should not be judged by this.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shell/cursor.h"
#include "shell/sink.h"
#include "shell/unfold.h"

namespace ringfence::shell {

class Parser {
 public:
  Parser(std::string_view text, Sink& sink) : cursor_(text), sink_(sink) {}

  // The whole text as a script.
  void script();

 private:
  enum class Kind { end, newline, op, word };
  struct Token {
    Kind kind = Kind::end;
    std::string op;
    Word word;
    bool quoted = false;    // some part of it is quoted or escaped
    std::size_t plain = 0;  // how many bytes at its start are neither quoted nor expanded
    bool array = false;     // NAME=( … )
    bool reserved(std::string_view name) const {
      return kind == Kind::word && !quoted && word.is(name);
    }
  };
  struct Heredoc {
    std::string delimiter;
    bool quoted = false;
    bool strip_tabs = false;
    std::shared_ptr<Simple> simple;  // whom it feeds; absent for compound commands
  };
  enum class Place { bare, in_quotes, in_braces };
  struct WordParts;

  // grammar.cc
  void list(bool may_be_empty);
  void pipeline();
  void command();
  void after_compound();
  void if_command();
  void loop_command();
  void for_command();
  void case_command();
  void case_arm();
  void test_command();
  void simple_command();
  bool assignment(const Token& token);
  void expect(std::string_view reserved);
  void expect_op(std::string_view op);
  bool ends_list();

  // redirect.cc
  void descriptor();
  bool redirection(const std::shared_ptr<Simple>& simple);
  void read_heredocs();
  void heredoc_body(const Heredoc& heredoc);

  // tokens.cc
  Token& peek();
  void drop() { have_ = false; }
  bool peek_op(std::string_view op) { return peek().kind == Kind::op && peek().op == op; }
  bool peek_reserved(std::string_view name) { return peek().reserved(name); }
  void skip_newlines();
  void lex();
  void lex_operator(char first);

  // words.cc
  void lex_word();
  void double_quoted(WordParts& parts);
  void single_quoted(WordParts& parts);
  void ansi_quoted(WordParts& parts);
  void array(WordParts& parts);

  // expansion.cc
  void dollar(WordParts& parts, Place place);
  void braced(WordParts& parts, Place place);
  void braced_operand(Place place);
  void arithmetic();
  void substitution(WordParts& parts, Place place);
  void backquoted(WordParts& parts, Place place);
  void nested_list();

  void refuse(std::string sentence) { sink_.refuse(std::move(sentence)); }
  bool stopped() const { return sink_.refused(); }
  // A newline inside a word would move the place where a heredoc begins.
  void newline_in_word() {
    if (!heredocs_.empty()) refuse("a line with a heredoc goes on inside a quoted word");
  }

  Cursor cursor_;
  Sink& sink_;
  Token token_;
  bool have_ = false;
  std::vector<Heredoc> heredocs_;                 // announced, not read yet
  std::vector<std::shared_ptr<Simple>> waiting_;  // commands that they feed, ended already
};

// A word while it is read.
struct Parser::WordParts {
  std::string text;
  bool many = false;
  bool quoted = false;
  bool plain_ended = false;
  std::size_t plain = 0;

  void literal(char c) { text += c; }
  void unknown() {
    if (text.empty() || text.back() != kUnknown) text += kUnknown;
    plain_ended = true;
  }
  void end_plain() { plain_ended = true; }
};

}  // namespace ringfence::shell
