// SPDX-License-Identifier: Apache-2.0
#include "cli/top_text.h"

#include <gtest/gtest.h>

namespace ringfence::top {
namespace {

TEST(TopText, ControlsAndEscapesAreMadeHarmless) {
  const auto shown = [](std::string_view text) { return harmless(text, Charset::unicode); };
  EXPECT_EQ(shown("plain acme/research-1.x_y"), "plain acme/research-1.x_y");
  EXPECT_EQ(shown("\x1b[2J\x1b]0;owned\x07"), "?[2J?]0;owned?");
  EXPECT_EQ(shown(std::string_view("a\0b\r\n\t\x7f", 7)), "a?b????");
  EXPECT_EQ(shown("\xC2\x9B"
                  "31m"),
            "?31m")
      << "the C1 form of ESC [";
  EXPECT_EQ(shown("\x9B"
                  "31m"),
            "?31m")
      << "a byte that is no UTF-8";
  EXPECT_EQ(shown("\xC0\x9B\xED\xA0\x80\xF4\x90\x80\x80"), "?????????") << "overlong, surrogate";
  EXPECT_EQ(shown("user\u202Ecod.exe\u200B\u2066\uFEFF"), "user?cod.exe???");
  EXPECT_EQ(shown("e\u0301 \u00AD \u2028"), "e? ? ?") << "joins, or breaks lines";
  EXPECT_EQ(shown("\u05E9\u05DC \U0001F600"), "?? ?");
  EXPECT_EQ(shown("Zürich Ωμέγα Привет 漢字 ─█"), "Zürich Ωμέγα Привет 漢字 ─█");
  EXPECT_EQ(harmless("Zürich 漢 \x1b", Charset::ascii), "Z?rich ? ?");
}

TEST(TopText, NoByteBelowASpaceIsEverLeft) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const Charset charset : {Charset::ascii, Charset::unicode}) {
    for (const char c : harmless(all, charset)) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
    }
  }
}

TEST(TopText, CellsAndColumns) {
  EXPECT_EQ(cells_of("ab漢"), 4U);
  EXPECT_EQ(fit("abc", 5, Charset::unicode), "abc  ");
  EXPECT_EQ(fit_right("abc", 5, Charset::unicode), "  abc");
  EXPECT_EQ(fit("abcdef", 5, Charset::unicode), "abcd…");
  EXPECT_EQ(fit("abcdef", 5, Charset::ascii), "abcd~");
  EXPECT_EQ(fit("漢字", 3, Charset::unicode), "漢…");
  EXPECT_EQ(fit("漢字", 2, Charset::unicode), "… ") << "half a character does not fit";
  EXPECT_EQ(fit("abc", 0, Charset::unicode), "");
}

TEST(TopText, Figures) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(-1'234), "-1,234");
  EXPECT_EQ(short_count(99'999), "99,999");
  EXPECT_EQ(short_count(100'000), "100k");
  EXPECT_EQ(short_count(4'560'000), "4.5M");
  EXPECT_EQ(short_count(INT64_MAX), "9.2E");
  EXPECT_EQ(short_count(INT64_MIN), "-9.2E");
  EXPECT_EQ(short_amount("usd", 0), "$0.00");
  EXPECT_EQ(short_amount("usd", 1), "<$0.0001") << "never shown as nothing";
  EXPECT_EQ(short_amount("usd", 1'250'000), "$0.0013");
  EXPECT_EQ(short_amount("usd", 500'000'000), "$0.50");
  EXPECT_EQ(short_amount("usd", 123'456'789), "$0.12");
  EXPECT_EQ(short_amount("usd", 999'999'999), "$1.00");
  EXPECT_EQ(short_amount("usd", 12'345'678'000'000), "$12,345.68");
  EXPECT_EQ(short_amount("usd", INT64_MAX), "$9.2G");
  EXPECT_EQ(short_amount("usd", INT64_MIN), "-$9.2G");
  EXPECT_EQ(short_amount("seconds", 90'000), "90s");
  EXPECT_EQ(short_amount("seconds", 1), "<1s");
  EXPECT_EQ(short_amount("calls", 42), "42");
}

TEST(TopText, Durations) {
  EXPECT_EQ(short_duration(Duration::seconds(-5)), "0s");
  EXPECT_EQ(short_duration(Duration::seconds(59)), "59s");
  EXPECT_EQ(short_duration(Duration::minutes(59)), "59m");
  EXPECT_EQ(short_duration(Duration::minutes(185)), "3h05");
  EXPECT_EQ(short_duration(Duration::hours(47)), "47h");
  EXPECT_EQ(short_duration(Duration::days(12)), "12d");
  EXPECT_EQ(short_duration(Duration::days(365)), ">99d");
}

}  // namespace
}  // namespace ringfence::top
