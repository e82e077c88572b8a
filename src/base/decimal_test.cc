// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringfence {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

struct Exact {
  const char* text;
  int scale;
  std::int64_t value;
};

TEST(Decimal, ParsesExactly) {
  const Exact rows[] = {
      {"0", 9, 0},
      {"-0", 9, 0},
      {"0.0030", 9, 3'000'000},  // B6
      {"0.50", 9, 500'000'000},
      {"12", 9, 12'000'000'000},
      {"007", 0, 7},
      {"1.000000000", 9, 1'000'000'000},
      {"0.000000001", 9, 1},
      {"-0.000000001", 9, -1},
      {"1.0000000000000000000000000000000000", 9, 1'000'000'000},  // zeros past the scale
      {"3.000", 0, 3},
      {"0000000000000000000000000000000000000001", 0, 1},  // 40 characters
      {"9223372036.854775807", 9, kMax},
      {"-9223372036.854775808", 9, kMin},
      {"9223372036854775807", 0, kMax},
      {"-9223372036854775808", 0, kMin},
  };
  for (const Exact& row : rows) {
    const auto value = parse_decimal(row.text, row.scale);
    ASSERT_TRUE(value.has_value()) << row.text;
    EXPECT_EQ(*value, row.value) << row.text;
  }
}

TEST(Decimal, RefusesWhatIsNotExact) {
  const struct {
    std::string_view text;
    int scale;
    const char* why;
  } rows[] = {
      {"", 9, "expected a decimal"},
      {"-", 9, "expected a decimal"},
      {".", 9, "expected a decimal"},
      {".5", 9, "expected a decimal"},
      {"-.5", 9, "expected a decimal"},
      {"5.", 9, "expected a decimal"},
      {"+5", 9, "expected a decimal"},
      {"--5", 9, "expected a decimal"},
      {"1e5", 9, "expected a decimal"},
      {"1E-5", 9, "expected a decimal"},
      {"0x10", 9, "expected a decimal"},
      {" 1", 9, "expected a decimal"},
      {"1 ", 9, "expected a decimal"},
      {"1,000", 9, "expected a decimal"},
      {"1_000", 9, "expected a decimal"},
      {"1.2.3", 9, "expected a decimal"},
      {"NaN", 9, "expected a decimal"},
      {"inf", 9, "expected a decimal"},
      {"\xD9\xA1", 9, "expected a decimal"},  // Arabic-Indic one
      {std::string_view("1\0", 2), 9, "expected a decimal"},
      {"00000000000000000000000000000000000000001", 0, "expected a decimal"},  // 41 characters
      {"0.0000000001", 9, "too precise"},
      {"0.5", 0, "whole number"},
      {"0.1234", 3, "too precise: at most 3 digits"},
      {"0.00000000001x", 9, "expected a decimal"},  // the grammar comes before the value
      {"9223372036.854775808", 9, "out of range"},
      {"-9223372036.854775809", 9, "out of range"},
      {"9223372036854775808", 0, "out of range"},
      {"12345678901234567890", 0, "out of range"},
      {"99999999999999999999999999999999999999", 9, "out of range"},
  };
  for (const auto& row : rows) {
    const auto value = parse_decimal(row.text, row.scale);
    ASSERT_FALSE(value.has_value()) << row.text;
    EXPECT_EQ(value.error().code, ErrorCode::invalid) << row.text;
    EXPECT_NE(value.error().message.find(row.why), std::string::npos)
        << row.text << ": " << value.error().message;
  }
}

TEST(Decimal, FormatsTheShortestForm) {
  const struct {
    std::int64_t value;
    int scale;
    int min_places;
    const char* text;
  } rows[] = {
      {3'000'000, 9, 2, "0.003"},
      {500'000'000, 9, 2, "0.50"},
      {12'000'000'000, 9, 2, "12.00"},
      {12'000'000'000, 9, 0, "12"},
      {0, 9, 2, "0.00"},
      {0, 9, 0, "0"},
      {0, 0, 0, "0"},
      {1, 9, 2, "0.000000001"},
      {-1, 9, 2, "-0.000000001"},
      {-500'000'000, 9, 2, "-0.50"},
      {1'500, 3, 0, "1.5"},
      {100, 0, 2, "100"},  // no point where the scale has none
      {kMax, 9, 2, "9223372036.854775807"},
      {kMin, 9, 2, "-9223372036.854775808"},
      {kMin, 0, 0, "-9223372036854775808"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(format_decimal(row.value, row.scale, row.min_places), row.text);
  }
}

}  // namespace
}  // namespace ringfence
