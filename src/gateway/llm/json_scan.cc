// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/json_scan.h"

#include <charconv>
#include <cstring>

#include "base/ensure.h"
#include "base/utf8.h"

namespace ringfence::llm {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether any of eight bytes ends a run of plain ASCII inside a string.
bool has_special(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  const auto zero_in = [](std::uint64_t v) { return (v - kOnes) & ~v & kHigh; };
  const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kHigh;
  return (zero_in(word ^ (kOnes * '"')) | zero_in(word ^ (kOnes * '\\')) | below_space |
          (word & kHigh)) != 0;
}

// The first place at or after `at` that is not plain ASCII of a string.
std::size_t skip_plain(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if (has_special(word)) break;
    at += 8;
  }
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
    ++at;
  }
  return at;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Checker {
 public:
  Checker(std::string_view text, std::size_t depth_max) : text_(text), depth_max_(depth_max) {}

  Result<void> run() {
    skip_blanks();
    if (!value(0)) return refused();
    skip_blanks();
    if (at_ != text_.size()) {
      problem_ = "there is text after the JSON value";
      return refused();
    }
    return {};
  }

 private:
  bool wrong(const char* problem) {
    problem_ = problem;
    return false;
  }
  std::unexpected<Error> refused() const {
    return invalid(problem_, "byte " + std::to_string(at_));
  }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return wrong("this is no JSON value");
    at_ += expected.size();
    return true;
  }

  bool value(std::size_t depth) {
    if (at_end()) return wrong("the JSON text ends too early");
    switch (text_[at_]) {
      case '{': return object(depth + 1);
      case '[': return array(depth + 1);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool object(std::size_t depth) {
    if (depth > depth_max_) return wrong("the JSON text is nested too deeply");
    ++at_;
    skip_blanks();
    if (take('}')) return true;
    for (;;) {
      skip_blanks();
      if (at_end() || text_[at_] != '"') return wrong("a member's name in quotes was expected");
      if (!string()) return false;
      skip_blanks();
      if (!take(':')) return wrong("':' was expected");
      skip_blanks();
      if (!value(depth)) return false;
      skip_blanks();
      if (take('}')) return true;
      if (!take(',')) return wrong("',' or '}' was expected");
    }
  }

  bool array(std::size_t depth) {
    if (depth > depth_max_) return wrong("the JSON text is nested too deeply");
    ++at_;
    skip_blanks();
    if (take(']')) return true;
    for (;;) {
      skip_blanks();
      if (!value(depth)) return false;
      skip_blanks();
      if (take(']')) return true;
      if (!take(',')) return wrong("',' or ']' was expected");
    }
  }

  bool string() {
    ++at_;
    for (;;) {
      at_ = skip_plain(text_, at_);
      if (at_end()) return wrong("a string does not end");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return wrong("a control character in a string must be escaped");
      } else {
        const std::size_t length = utf8_sequence_length(text_.substr(at_));
        if (length == 0) return wrong("the text is not valid UTF-8");
        at_ += length;
      }
    }
  }

  bool escape() {
    if (at_ + 1 >= text_.size()) return wrong("a string does not end");
    const char c = text_[at_ + 1];
    if (c == 'u') {
      if (at_ + 6 > text_.size()) return wrong("a string does not end");
      for (std::size_t i = 2; i < 6; ++i) {
        if (hex_value(text_[at_ + i]) < 0) return wrong("\\u needs four hexadecimal digits");
      }
      at_ += 6;
      return true;
    }
    if (std::strchr("\"\\/bfnrt", c) == nullptr || c == '\0') return wrong("an unknown escape");
    at_ += 2;
    return true;
  }

  bool digits() {
    if (at_end() || !is_digit(text_[at_])) return wrong("this is no JSON value");
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return true;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t depth_max_;
  std::size_t at_ = 0;
  const char* problem_ = "";
};

std::size_t blanks_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// The end of the string that starts at `at`, in checked text: a quote behind an even run of '\\'.
std::size_t string_end(std::string_view text, std::size_t at) {
  const std::size_t first = at + 1;
  for (at = first;; ++at) {
    at = text.find('"', at);
    RF_ENSURE(at != std::string_view::npos, "a walk left the checked JSON text");
    std::size_t escapes = at;
    while (escapes > first && text[escapes - 1] == '\\') --escapes;
    if ((at - escapes) % 2 == 0) return at + 1;
  }
}

std::size_t value_end(std::string_view text, std::size_t at) {
  const char first = text[at];
  if (first == '"') return string_end(text, at);
  if (first != '{' && first != '[') {
    while (at < text.size() && !is_blank(text[at]) && std::strchr(",]}", text[at]) == nullptr) {
      ++at;
    }
    return at;
  }
  std::size_t depth = 0;
  for (;;) {
    RF_ENSURE(at < text.size(), "a walk left the checked JSON text");
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
}

// Cuts the value that starts after blanks off `rest`; afterwards `rest` begins behind it.
JsonSlice take_value(std::string_view& rest) {
  const std::size_t begin = blanks_end(rest, 0);
  const std::size_t end = value_end(rest, begin);
  const JsonSlice value{rest.substr(begin, end - begin)};
  rest.remove_prefix(end);
  return value;
}

// Steps to the next item of a container; false at its end.
bool at_item(std::string_view& rest) {
  std::size_t at = blanks_end(rest, 0);
  if (rest[at] == ',') at = blanks_end(rest, at + 1);
  rest.remove_prefix(at);
  return rest.front() != '}' && rest.front() != ']';
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::uint32_t hex4(std::string_view raw, std::size_t at) {
  std::uint32_t c = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    c = c * 16 + static_cast<std::uint32_t>(hex_value(raw[at + i]));
  }
  return c;
}

// The character of the `\u` escape at `at`; moves `at` behind it (or behind the pair).
std::uint32_t unicode_escape(std::string_view raw, std::size_t& at) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  const std::uint32_t first = hex4(raw, at + 2);
  at += 6;
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first > 0xDBFF || raw.substr(at, 2) != "\\u") return kReplacement;
  const std::uint32_t second = hex4(raw, at + 2);
  if (second < 0xDC00 || second > 0xDFFF) return kReplacement;
  at += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

char simple_escape(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

}  // namespace

Result<void> check_json(std::string_view text, std::size_t depth_max) {
  return Checker(text, depth_max).run();
}

JsonKind JsonSlice::kind() const {
  switch (text.front()) {
    case '{': return JsonKind::object;
    case '[': return JsonKind::array;
    case '"': return JsonKind::string;
    case 'n': return JsonKind::null;
    case 't':
    case 'f': return JsonKind::boolean;
    default: return JsonKind::number;
  }
}

std::optional<std::int64_t> JsonSlice::integer() const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

JsonSlice json_root(std::string_view text) { return take_value(text); }

bool JsonMembers::next() {
  if (!at_item(rest_)) return false;
  key_ = take_value(rest_);
  rest_.remove_prefix(blanks_end(rest_, 0) + 1);  // ':'
  value_ = take_value(rest_);
  return true;
}

bool JsonMembers::key_is(std::string_view name) const { return string_is(key_, name); }

bool JsonElements::next() {
  if (!at_item(rest_)) return false;
  value_ = take_value(rest_);
  return true;
}

std::optional<JsonSlice> find_last(JsonSlice object, std::string_view name) {
  std::optional<JsonSlice> found;
  if (!object.is(JsonKind::object)) return found;
  for (JsonMembers members(object); members.next();) {
    if (members.key_is(name)) found = members.value();
  }
  return found;
}

std::optional<JsonSlice> find_only(JsonSlice object, std::string_view name) {
  std::optional<JsonSlice> found;
  if (!object.is(JsonKind::object)) return found;
  for (JsonMembers members(object); members.next();) {
    if (!members.key_is(name)) continue;
    if (found) return std::nullopt;
    found = members.value();
  }
  return found;
}

std::string decode_string(JsonSlice string) {
  const std::string_view raw = string.raw_string();
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t plain = std::min(raw.find('\\', at), raw.size());
    out.append(raw.substr(at, plain - at));
    at = plain;
    if (at == raw.size()) break;
    if (raw[at + 1] == 'u') {
      append_utf8(out, unicode_escape(raw, at));
    } else {
      out.push_back(simple_escape(raw[at + 1]));
      at += 2;
    }
  }
  return out;
}

std::size_t decoded_size(JsonSlice string) {
  const std::string_view raw = string.raw_string();
  std::size_t size = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t plain = std::min(raw.find('\\', at), raw.size());
    size += plain - at;
    at = plain;
    if (at == raw.size()) break;
    if (raw[at + 1] == 'u') {
      const std::uint32_t c = unicode_escape(raw, at);
      size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    } else {
      size += 1;
      at += 2;
    }
  }
  return size;
}

bool string_is(JsonSlice value, std::string_view text) {
  if (!value.is(JsonKind::string)) return false;
  const std::string_view raw = value.raw_string();
  if (raw.find('\\') == std::string_view::npos) return raw == text;
  return decode_string(value) == text;
}

}  // namespace ringfence::llm
