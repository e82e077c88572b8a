// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/member_table.h"

#include <algorithm>

namespace ringfence::llm {
namespace {

// Folds the bytes at `at`, moving it on: the letter that they stand for, or the byte itself.
char folded(std::string_view name, std::size_t& at) {
  if (name.substr(at, 2) == "\xC5\xBF") {
    at += 2;
    return 's';
  }
  if (name.substr(at, 3) == "\xE2\x84\xAA") {
    at += 3;
    return 'k';
  }
  const char c = name[at++];
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string shown(JsonSlice string) {
  constexpr std::size_t kShownMax = 64;
  std::string text = decode_string(string);
  if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "…";
  return text;
}

std::string indexed(std::string_view array, std::size_t index, std::string_view member) {
  return std::string(array) + "[" + std::to_string(index) + "]" + std::string(member);
}

bool one_of(JsonSlice value, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view w) { return string_is(value, w); });
}

Result<bool> read_bool(JsonSlice value, const std::string& where) {
  if (!value.is(JsonKind::boolean) && !value.is(JsonKind::null)) {
    return invalid("true or false was expected", where);
  }
  return value.is_true();
}

Result<std::int64_t> read_integer(JsonSlice value, std::int64_t min, std::int64_t max,
                                  const std::string& where) {
  const auto integer = value.is(JsonKind::number) ? value.integer() : std::nullopt;
  if (integer && *integer >= min && *integer <= max) return *integer;
  return invalid(
      "an integer from " + std::to_string(min) + " to " + std::to_string(max) + " was expected",
      where);
}

std::string folded_name(std::string_view name) {
  std::string plain;
  for (std::size_t at = 0; at < name.size();) plain.push_back(folded(name, at));
  return plain;
}

}  // namespace ringfence::llm
