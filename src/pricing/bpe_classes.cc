// SPDX-License-Identifier: Apache-2.0
#include "pricing/bpe_classes.h"

#include <algorithm>
#include <array>

namespace ringfence::bpe {
namespace {

constexpr std::uint32_t kAlternating = 9;
constexpr char32_t kLastChar = 0x10FFFF;

constexpr std::array<CharClass, 128> kAscii = [] {
  std::array<CharClass, 128> classes{};
  for (char c = 'A'; c <= 'Z'; ++c) classes[c] = CharClass::upper;
  for (char c = 'a'; c <= 'z'; ++c) classes[c] = CharClass::lower;
  for (char c = '0'; c <= '9'; ++c) classes[c] = CharClass::number;
  for (const char c : {' ', '\t', '\v', '\f'}) classes[c] = CharClass::space;
  for (const char c : {'\r', '\n'}) classes[c] = CharClass::newline;
  return classes;
}();

}  // namespace

CharClass ClassRange::of(char32_t c) const {
  if (kind != kAlternating) return static_cast<CharClass>(kind);
  return (c - first) % 2 == 0 ? CharClass::upper : CharClass::lower;
}

ClassRange class_range(char32_t c) {
  const std::uint32_t* const end = kClassRanges + kClassRangeCount;
  const std::uint32_t* const next = std::upper_bound(kClassRanges, end, (c << 4) | 0xF);
  const std::uint32_t entry = *(next - 1);  // the first range begins at 0
  return {
      .first = entry >> 4, .last = next == end ? kLastChar : (*next >> 4) - 1, .kind = entry & 0xF};
}

Char CharReader::read(const char* at) {
  const auto byte = [at](int i) { return static_cast<std::uint8_t>(at[i]); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {1, kAscii[lead]};
  char32_t c = 0;
  std::uint32_t bytes = 2;
  if (lead < 0xE0) {
    c = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
  } else if (lead < 0xF0) {
    c = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    bytes = 3;
  } else {
    c = (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    bytes = 4;
  }
  if (!last_.holds(c)) last_ = class_range(c);
  return {bytes, last_.of(c)};
}

}  // namespace ringfence::bpe
