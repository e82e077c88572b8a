// SPDX-License-Identifier: Apache-2.0
// The classes of characters that the splitting patterns of the byte-pair vocabularies tell apart.
//
// Contract: pure, immutable tables. The patterns name Unicode's general categories and White_Space;
// the table is made by tools/unicode-classes. `unsettled` is a character whose class two versions
// of Unicode see differently or that is not assigned yet: nobody can say how a provider splits
// there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringfence::bpe {

enum class CharClass : std::uint8_t {
  other,    // punctuation, symbols, controls, private use
  upper,    // Lu, Lt
  lower,    // Ll
  letter,   // Lm, Lo: neither upper nor lower
  mark,     // M
  number,   // N
  space,    // White_Space but for the two below
  newline,  // CR, LF
  unsettled,
};

// Sorted by first character: (first << 4) | class; class 9 is upper and lower in turn.
extern const std::uint32_t kClassRanges[];
extern const std::size_t kClassRangeCount;

// A range of characters of one class, or of upper and lower in turn.
struct ClassRange {
  char32_t first = 1;
  char32_t last = 0;
  std::uint32_t kind = 0;

  bool holds(char32_t c) const { return first <= c && c <= last; }
  CharClass of(char32_t c) const;
};

ClassRange class_range(char32_t c);

// One character of valid UTF-8.
struct Char {
  std::uint32_t bytes;
  CharClass kind;
};

// Reads characters off valid UTF-8 and keeps the range of the last one: neighbours in a text are
// mostly neighbours in Unicode.
class CharReader {
 public:
  // `at` points to the first byte of a whole character.
  Char read(const char* at);

 private:
  ClassRange last_;
};

}  // namespace ringfence::bpe
