// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259): a small value tree that keeps the text of numbers, and a writer.
//
// Contract: pure. Parsing refuses what is ambiguous or unbounded: duplicate members, invalid
// UTF-8, NaN and infinities, numbers of over 40 characters, more than kJsonDepthMax levels, text
// after the value. Numbers stay text, so that no amount ever passes through a binary float.
// Limitations: a tree for our own API and files; gateway bodies are spliced, not parsed here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kJsonDepthMax = 64;

class Json {
 public:
  struct Number {
    std::string text;
    friend bool operator==(const Number&, const Number&) = default;
  };
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in the order written

  Json() = default;  // null
  Json(bool b) : value_(b) {}
  Json(std::int64_t n) : value_(Number{std::to_string(n)}) {}
  Json(int n) : Json(std::int64_t{n}) {}
  Json(std::string s) : value_(std::move(s)) {}
  Json(std::string_view s) : value_(std::string(s)) {}
  Json(const char* s) : value_(std::string(s)) {}
  Json(Number n) : value_(std::move(n)) {}
  Json(Array a) : value_(std::move(a)) {}
  Json(Object o) : value_(std::move(o)) {}

  // Errors: `invalid`, with what was wrong and the byte offset in `where`.
  static Result<Json> parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const Number* number() const { return std::get_if<Number>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }
  // "null", "a boolean", "a number", "a string", "an array", "an object": for error sentences.
  std::string_view kind() const;

  // A member of an object; null when absent or when this is no object.
  const Json* find(std::string_view key) const;
  // A number written as an integer that fits.
  std::optional<std::int64_t> integer() const;

  // Appends a member; the value becomes an object if it was null, and must be one otherwise. The
  // caller sees to it that keys differ.
  Json& set(std::string_view key, Json value);
  // Appends an element; the value becomes an array if it was null, and must be one otherwise.
  Json& push(Json value);

  // Compact, members in their order.
  std::string text() const;
  void append_to(std::string& out) const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

// Appends `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace ringfence
