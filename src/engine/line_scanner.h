// SPDX-License-Identifier: Apache-2.0
// LineScanner: reads the JSON of one recorded line from left to right, without a tree.
//
// Contract: pure; borrows the text. Each `read` moves past what it read, or returns false and
// leaves the position undefined: the caller stops there. Reads only the spelling that the codec
// writes: no blanks, integers without leading zeros, in range of the type asked for.
// Limitations: not for foreign JSON; that is base/json.h.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace ringfence::codec {

class LineScanner {
 public:
  explicit LineScanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool at_end() const { return at_ == end_; }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view literal) {
    if (!rest().starts_with(literal)) return false;
    at_ += literal.size();
    return true;
  }
  // `"name":`, or nothing is taken.
  bool take_key(std::string_view name) {
    const std::string_view text = rest();
    const std::size_t size = name.size() + 3;
    const bool here = text.size() >= size && text[0] == '"' && text[size - 2] == '"' &&
                      text[size - 1] == ':' && text.substr(1).starts_with(name);
    if (here) at_ += size;
    return here;
  }

  bool read(std::integral auto& value) {
    const char* first = at_ != end_ && *at_ == '-' ? at_ + 1 : at_;
    if (first == end_ || *first < '0' || *first > '9') return false;
    const bool leading_zero = *first == '0' && (first != at_ || digit_at(first + 1));
    const auto [stop, error] = std::from_chars(at_, end_, value);
    if (leading_zero || error != std::errc{}) return false;
    at_ = stop;
    return true;
  }
  bool read(bool& value) {
    value = rest().starts_with("true");
    return take(value ? "true" : "false");
  }
  bool read(std::string& value);
  // A string of plain characters (json_plain_run) alone: the text itself, borrowed.
  bool read_plain(std::string_view& value);

  // What stands here when it is a member's name: for the sentence of an error.
  std::string name_here() const;

 private:
  std::string_view rest() const { return {at_, end_}; }
  bool digit_at(const char* p) const { return p != end_ && *p >= '0' && *p <= '9'; }
  bool read_escape(std::string& value);
  bool read_hex4(unsigned& unit);

  const char* at_;
  const char* end_;
};

}  // namespace ringfence::codec
