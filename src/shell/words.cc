// SPDX-License-Identifier: Apache-2.0
// Reads one word with its quotes; expansions are in expansion.cc.
#include <cctype>
#include <charconv>

#include "base/utf8.h"
#include "shell/names.h"
#include "shell/parser.h"

namespace ringfence::shell {
namespace {

bool ends_word(char c) { return std::string_view(" \t\n;&|()").find(c) != std::string_view::npos; }

// Of an unquoted word: what the shell would still make of its letters.
struct Marks {
  std::size_t brace = std::string::npos;    // where an open `{` is in the text
  std::size_t bracket = std::string::npos;  // where an open `[` is
  bool expands = false;                     // {a,b} or {1..3}
};

}  // namespace

void Parser::lex_word() {
  sink_.count_word();
  WordParts parts;
  Marks marks;
  while (!stopped() && !cursor_.done() && !ends_word(cursor_.peek())) {
    const char c = cursor_.peek();
    if (c == '<' || c == '>') {
      if (cursor_.peek_second() != '(') break;
      cursor_.take();
      substitution(parts, Place::in_quotes);  // one word: the name of a pipe
      continue;
    }
    cursor_.take();
    if (c == '\'') {
      single_quoted(parts);
    } else if (c == '"') {
      double_quoted(parts);
    } else if (c == '\\') {
      parts.quoted = true;
      parts.end_plain();
      if (cursor_.raw_done()) refuse("a line ends in a backslash");
      parts.literal(cursor_.raw_take());
    } else if (c == '$') {
      dollar(parts, Place::bare);
    } else if (c == '`') {
      backquoted(parts, Place::bare);
    } else if (c == '*' || c == '?') {
      parts.unknown();
      parts.many = true;
    } else if (c == '~' &&
               (parts.text.empty() || parts.text.ends_with('=') || parts.text.ends_with(':'))) {
      // With the user's name behind it.
      while (std::isalnum(static_cast<unsigned char>(cursor_.peek())) != 0 ||
             std::string_view("_-+.").find(cursor_.peek()) != std::string_view::npos) {
        if (cursor_.done()) break;
        cursor_.take();
      }
      parts.unknown();
    } else {
      if (c == '[' && marks.bracket == std::string::npos) marks.bracket = parts.text.size();
      if (c == ']' && marks.bracket != std::string::npos) {
        parts.text.resize(marks.bracket);
        parts.plain = std::min(parts.plain, marks.bracket);
        parts.unknown();
        parts.many = true;
        marks.bracket = std::string::npos;
        if (marks.brace != std::string::npos && marks.brace > parts.text.size()) {
          marks.brace = parts.text.size() - 1;
        }
        continue;
      }
      if (c == '{' && marks.brace == std::string::npos) marks.brace = parts.text.size();
      if (marks.brace != std::string::npos && (c == ',' || (c == '.' && cursor_.peek() == '.'))) {
        marks.expands = true;
      }
      parts.literal(c);
      if (!parts.plain_ended) parts.plain = parts.text.size();
      const std::string_view name = std::string_view(parts.text).substr(0, parts.plain);
      if (c == '=' && cursor_.peek() == '(' && parts.plain == parts.text.size()) {
        const bool appends = name.ends_with("+=");
        if (is_identifier(name.substr(0, name.size() - (appends ? 2 : 1)))) array(parts);
      }
    }
  }
  if (marks.expands) {
    parts.text.resize(std::min(marks.brace, parts.text.size()));
    parts.plain = std::min(parts.plain, parts.text.size());
    parts.unknown();
    parts.many = true;
  }
  if (!valid_utf8(parts.text)) refuse("a word is not UTF-8");
  token_.kind = Kind::word;
  token_.word = Word{std::move(parts.text), parts.many};
  token_.quoted = parts.quoted;
  token_.plain = parts.plain;
}

void Parser::single_quoted(WordParts& parts) {
  parts.quoted = true;
  parts.end_plain();
  while (!cursor_.raw_done()) {
    const char c = cursor_.raw_take();
    if (c == '\'') return;
    if (c == '\n') newline_in_word();
    parts.literal(c);
  }
  refuse("a single quote is not closed");
}

void Parser::double_quoted(WordParts& parts) {
  parts.quoted = true;
  parts.end_plain();
  while (!stopped() && !cursor_.done()) {
    const char c = cursor_.take();
    if (c == '"') return;
    if (c == '\n') newline_in_word();
    if (c == '$') {
      dollar(parts, Place::in_quotes);
    } else if (c == '`') {
      backquoted(parts, Place::in_quotes);
    } else if (c == '\\') {
      const char next = cursor_.raw_peek();
      if (next == '$' || next == '`' || next == '"' || next == '\\') {
        parts.literal(cursor_.raw_take());
      } else {
        parts.literal('\\');
      }
    } else {
      parts.literal(c);
    }
  }
  refuse("a double quote is not closed");
}

// $'…': what its escapes stand for. A shell without this form would see a plain quote behind a
// dollar, so the text must end at the same place for both.
void Parser::ansi_quoted(WordParts& parts) {
  parts.quoted = true;
  parts.end_plain();
  constexpr std::string_view kNames = "abeEfnrtv\\?\"";
  constexpr std::string_view kBytes = "\a\b\033\033\f\n\r\t\v\\?\"";
  while (!cursor_.raw_done()) {
    char c = cursor_.raw_take();
    if (c == '\'') return;
    if (c == '\n') newline_in_word();
    if (c == '\\') {
      const char escape = cursor_.raw_take();
      const std::size_t known = kNames.find(escape);
      if (known != std::string_view::npos) {
        c = kBytes[known];
      } else {
        const bool hex = escape == 'x';
        const std::string_view rest = cursor_.rest();
        const char* from = hex ? rest.data() : rest.data() - 1;
        const std::size_t most = std::min<std::size_t>(hex ? 2 : 3, rest.size());
        unsigned value = 0;
        const auto read = std::from_chars(from, from + most, value, hex ? 16 : 8);
        if (read.ec != std::errc() || read.ptr == from || value == 0 || value > 255) {
          return refuse("an escape inside $'…' is not understood");
        }
        cursor_.jump(static_cast<std::size_t>(read.ptr - from) - (hex ? 0 : 1));
        c = static_cast<char>(value);
      }
    }
    parts.literal(c);
  }
  refuse("a $' quote is not closed");
}

// NAME=( words ): only what the words start counts.
void Parser::array(WordParts& parts) {
  cursor_.take();
  const WordParts kept = parts;
  const std::size_t pending = heredocs_.size();
  if (!sink_.enter()) return;
  while (true) {
    const Token& token = peek();
    if (token.kind == Kind::end) return refuse("an array is not closed");
    const bool subscript = token.kind == Kind::word && token.word.text.starts_with('[');
    const bool closed = token.kind == Kind::op && token.op == ")";
    if ((token.kind == Kind::op && !closed) || subscript || heredocs_.size() != pending) {
      return refuse("an array holds more than plain words");
    }
    if (token.kind == Kind::newline) newline_in_word();
    drop();
    if (closed) break;
  }
  sink_.leave();
  token_ = {};
  token_.array = true;
  parts = kept;
  parts.unknown();
}

}  // namespace ringfence::shell
