// SPDX-License-Identifier: Apache-2.0
// The two kinds of plain names in a document: names given in it, and words of the systems around.
//
// Contract: pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace ringfence {

inline constexpr std::size_t kNameMax = 63;

inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_word(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

// A provider's or webhook's: a-z, 0-9, '.', '_', '-'.
inline bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && (is_lower(name[0]) || is_digit(name[0])) &&
         std::ranges::all_of(name, [](char c) {
           return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

// A variable's or a field's.
inline bool valid_word(std::string_view word, std::size_t size_max) {
  return !word.empty() && word.size() <= size_max && !is_digit(word[0]) &&
         std::ranges::all_of(word, is_word);
}

}  // namespace ringfence
