// SPDX-License-Identifier: Apache-2.0
// Redirections and heredocs.
#include <algorithm>
#include <cctype>

#include "shell/parser.h"

namespace ringfence::shell {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_redirection(std::string_view op) {
  return op.find('<') != std::string_view::npos || op.find('>') != std::string_view::npos;
}

}  // namespace

// A number right before the operator; {name} would set a variable.
void Parser::descriptor() {
  const Token& token = peek();
  if (token.kind != Kind::word || token.quoted) return;
  const char next = cursor_.peek();
  if ((next != '<' && next != '>') || cursor_.done()) return;
  if (token.word.text.starts_with('{')) return refuse("a redirection to {name} is not read");
  if (all_digits(token.word.text)) drop();
}

// One redirection if there is one; what it names goes to the sink.
bool Parser::redirection(const std::shared_ptr<Simple>& simple) {
  descriptor();
  if (peek().kind != Kind::op || !is_redirection(peek().op)) return false;
  const std::string op = peek().op;
  drop();
  const Token target = peek();
  if (target.kind != Kind::word) {
    refuse("a redirection names no file");
    return true;
  }
  drop();
  if (op == "<<" || op == "<<-") {
    if (target.word.dynamic() || target.word.text.find('\n') != std::string::npos) {
      refuse("the end of a heredoc is not a plain word");
    }
    heredocs_.push_back({target.word.text, target.quoted, op == "<<-", simple});
  } else if (op == "<<<") {
    if (simple != nullptr) {
      Word input = target.word;
      input.many = false;
      simple->inputs.push_back(std::move(input));
    }
  } else {
    const bool duplicates = op == ">&" || op == "<&";
    std::string_view number = target.word.text;
    if (number.ends_with('-')) number.remove_suffix(1);
    if (duplicates && (number.empty() || all_digits(number))) return true;
    if (op.starts_with('<')) sink_.add(FileUse{target.word, false});
    if (op != "<" && op != "<&") sink_.add(FileUse{target.word, true});
  }
  return true;
}

void Parser::read_heredocs() {
  const std::vector<Heredoc> pending = std::move(heredocs_);
  heredocs_.clear();
  for (const Heredoc& heredoc : pending) {
    if (stopped()) return;
    heredoc_body(heredoc);
  }
  const auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const auto& simple : waiting) unfold(std::move(*simple), sink_);
}

void Parser::heredoc_body(const Heredoc& heredoc) {
  std::string body;
  while (true) {
    if (cursor_.raw_done()) return refuse("a heredoc has no end");
    std::string_view line = cursor_.rest();
    line = line.substr(0, line.find('\n'));
    cursor_.jump(std::min(line.size() + 1, cursor_.rest().size()));
    if (heredoc.strip_tabs) {
      while (line.starts_with('\t')) line.remove_prefix(1);
    }
    if (line == heredoc.delimiter) break;
    if (!heredoc.quoted && line.ends_with('\\')) {
      return refuse("a line of a heredoc ends in a backslash");
    }
    body += line;
    body += '\n';
  }
  if (heredoc.quoted) {
    if (heredoc.simple != nullptr) heredoc.simple->inputs.push_back({std::move(body), false});
    return;
  }
  // As inside double quotes, but that a quote is a letter like any other.
  Parser inner(body, sink_);
  WordParts parts;
  if (!sink_.enter()) return;
  while (!stopped() && !inner.cursor_.raw_done()) {
    const char c = inner.cursor_.raw_take();
    if (c == '$') {
      inner.dollar(parts, Place::in_quotes);
    } else if (c == '`') {
      inner.backquoted(parts, Place::in_quotes);
    } else if (c == '\\') {
      const char next = inner.cursor_.raw_peek();
      if (next == '$' || next == '`' || next == '\\') {
        parts.literal(inner.cursor_.raw_take());
      } else {
        parts.literal('\\');
      }
    } else {
      parts.literal(c);
    }
  }
  sink_.leave();
  if (heredoc.simple != nullptr) {
    heredoc.simple->inputs.push_back({std::move(parts.text), false});
  }
}

}  // namespace ringfence::shell
