// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ringfence {
namespace {

std::string encode(std::uint32_t c, std::size_t length) {
  static constexpr unsigned kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  if (length == 1) return {static_cast<char>(c)};
  std::string out(length, '\0');
  for (std::size_t i = length; i-- > 1; c >>= 6) out[i] = static_cast<char>(0x80 | (c & 0x3F));
  out[0] = static_cast<char>(kLead[length] | c);
  return out;
}

TEST(Utf8, EveryCodePointHasOneSpelling) {
  for (std::uint32_t c = 0; c < 0x200000; ++c) {
    const std::size_t shortest = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    const bool scalar = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    const std::string text = encode(c, shortest);
    ASSERT_EQ(utf8_sequence_length(text), scalar ? shortest : 0) << c;
    if (shortest < 4) {
      ASSERT_EQ(utf8_sequence_length(encode(c, shortest + 1)), 0U) << c;
    }
  }
}

TEST(Utf8, EveryLeadAndSecondByte) {
  for (int lead = 0x80; lead <= 0xFF; ++lead) {
    for (int second = 0; second <= 0xFF; ++second) {
      const std::string two = {static_cast<char>(lead), static_cast<char>(second)};
      const bool ok = lead >= 0xC2 && lead <= 0xDF && second >= 0x80 && second <= 0xBF;
      ASSERT_EQ(utf8_sequence_length(two), ok ? 2U : 0U) << lead << " " << second;
    }
  }
}

TEST(Utf8, Texts) {
  const struct {
    std::string_view text;
    bool valid;
  } rows[] = {
      {"", true},
      {"plain", true},
      {std::string_view("\0", 1), true},
      {"\xC3\xA9t\xC3\xA9", true},
      {"\xF0\x9F\x98\x80", true},
      {"a\x80", false},
      {"\xC3", false},
      {"\xE2\x82", false},
      {"\xF0\x9F\x98", false},
      {"\xF0\x9F\x98 ", false},
      {"\xE2\x28\xAC", false},
      {"ok\xC0\xAF", false},
  };
  for (const auto& row : rows) EXPECT_EQ(valid_utf8(row.text), row.valid);
  EXPECT_EQ(utf8_sequence_length("a\x80"), 1U);  // the start alone counts
}

}  // namespace
}  // namespace ringfence
