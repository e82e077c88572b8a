// SPDX-License-Identifier: Apache-2.0
// Cursor: a place in the text of a line, which skips the line continuations before it.
//
// Contract: `peek` and `take` see a backslash and the newline after it as nothing, as a shell does
// outside single quotes; `raw_peek` and `raw_take` see every byte. Past the end both are 0, which
// is never in the text.
#pragma once

#include <string_view>

namespace ringfence::shell {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() {
    skip();
    return at_ >= text_.size();
  }
  char peek() {
    skip();
    return raw_peek();
  }
  // The byte after the next one.
  char peek_second() {
    skip();
    Cursor ahead = *this;
    ahead.raw_take();
    return ahead.peek();
  }
  char take() {
    skip();
    return raw_take();
  }
  bool take_if(char c) {
    if (peek() != c || done()) return false;
    raw_take();
    return true;
  }

  bool raw_done() const { return at_ >= text_.size(); }
  char raw_peek() const { return raw_done() ? '\0' : text_[at_]; }
  char raw_take() { return raw_done() ? '\0' : text_[at_++]; }
  std::string_view rest() const { return text_.substr(at_); }
  void jump(std::size_t bytes) { at_ += bytes; }

 private:
  void skip() {
    while (at_ + 1 < text_.size() && text_[at_] == '\\' && text_[at_ + 1] == '\n') at_ += 2;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace ringfence::shell
