// SPDX-License-Identifier: Apache-2.0
// json_scan: checks a JSON text whole, then walks it in place, so that every value keeps its bytes
// and its offset.
//
// Contract: pure, no allocation but for decoded strings. `check_json` is strict RFC 8259 (UTF-8
// included) with a depth limit; the walkers below are for text that it has accepted and never read
// outside it. Views point into the text. Duplicate members are allowed here and seen by the walk:
// which of them matter is the dialect's business.
// Limitations: numbers are only read as integers that fit 64 bits; nothing goes through a float.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::llm {

inline constexpr std::size_t kBodyDepthMax = 128;

// Errors: `invalid`, with the byte offset in `where`.
Result<void> check_json(std::string_view text, std::size_t depth_max = kBodyDepthMax);

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

// One value of a checked text: its bytes, without the blanks around it.
struct JsonSlice {
  std::string_view text;

  JsonKind kind() const;
  bool is(JsonKind wanted) const { return kind() == wanted; }
  bool is_true() const { return text == "true"; }
  // A string's bytes between its quotes, escapes as written.
  std::string_view raw_string() const { return text.substr(1, text.size() - 2); }
  // An integer as written ("-"? digits) that fits.
  std::optional<std::int64_t> integer() const;
  std::size_t offset_in(std::string_view document) const {
    return static_cast<std::size_t>(text.data() - document.data());
  }
};

// The value that a checked text is.
JsonSlice json_root(std::string_view text);

// Walks an object's members in order, duplicates included.
class JsonMembers {
 public:
  explicit JsonMembers(JsonSlice object) : rest_(object.text.substr(1)) {}
  bool next();
  JsonSlice key() const { return key_; }
  JsonSlice value() const { return value_; }
  // Compares the decoded key.
  bool key_is(std::string_view name) const;

 private:
  std::string_view rest_;
  JsonSlice key_, value_;
};

// Walks an array's elements in order.
class JsonElements {
 public:
  explicit JsonElements(JsonSlice array) : rest_(array.text.substr(1)) {}
  bool next();
  JsonSlice value() const { return value_; }

 private:
  std::string_view rest_;
  JsonSlice value_;
};

// The last member of that name, as most readers would take it; absent when there is none.
std::optional<JsonSlice> find_last(JsonSlice object, std::string_view name);

// The member of that name if it stands there once: of several, readers take different ones.
std::optional<JsonSlice> find_only(JsonSlice object, std::string_view name);

// A string slice without its escapes; a lone surrogate becomes U+FFFD.
std::string decode_string(JsonSlice string);
// The size `decode_string` would give, without making it.
std::size_t decoded_size(JsonSlice string);
bool string_is(JsonSlice value, std::string_view text);

}  // namespace ringfence::llm
