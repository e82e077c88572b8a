// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringfence {
namespace {

constexpr Time kAt{1'773'930'600'000'000};  // 2026-03-19T14:30:00Z

TEST(Rfc3339, Parses) {
  const struct {
    const char* text;
    std::int64_t us;
  } rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-03-19T14:30:00Z", kAt.us},
      {"2026-03-19t14:30:00z", kAt.us},
      {"2026-03-19 14:30:00Z", kAt.us},
      {"2026-03-19T15:30:00+01:00", kAt.us},
      {"2026-03-19T09:00:00-05:30", kAt.us},
      {"2026-03-19T14:30:00-00:00", kAt.us},
      {"2026-03-19T14:30:00.5Z", kAt.us + 500'000},
      {"2026-03-19T14:30:00.000001Z", kAt.us + 1},
      {"2026-03-19T14:30:00.000000999999Z", kAt.us},  // dropped past microseconds
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"2000-02-29T23:59:59.999Z", 951'868'799'999'000},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},  // a leap second is the next second
      {"9999-12-31T23:59:59.999999Z", 253'402'300'799'999'999},
  };
  for (const auto& row : rows) {
    const auto time = parse_rfc3339(row.text);
    ASSERT_TRUE(time.has_value()) << row.text;
    EXPECT_EQ(time->us, row.us) << row.text;
  }
}

TEST(Rfc3339, Refuses) {
  const char* rows[] = {
      "",
      "2026",
      "2026-03-19",
      "2026-03-19T14:30",
      "2026-03-19T14:30:00",
      "2026-03-19T14:30:00 Z",
      "2026-03-19T14:30:00Zx",
      "2026-03-19T14:30:00.Z",
      "2026-03-19T14:30:00,5Z",
      "2026-03-19T14:30:00+1:00",
      "2026-03-19T14:30:00+01",
      "2026-03-19T14:30:00+24:00",
      "2026-03-19T14:30:00+01:60",
      "2026-02-29T00:00:00Z",  // no leap year
      "1900-02-29T00:00:00Z",
      "2026-02-30T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-32T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:61Z",
      "1969-12-31T23:59:59Z",
      "1970-01-01T00:59:59+01:00",  // before 1970, once the offset is off
      "9999-12-31T23:59:59-00:01",  // after 9999
      "10000-01-01T00:00:00Z",
      "-2026-01-01T00:00:00Z",
      "20-6-01-01T00:00:00Z",
      "2026-1-1T00:00:00Z",
      "2026-03-19T14:30:0\xC2\xB2Z",
  };
  for (const char* text : rows) {
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code, ErrorCode::invalid);
  }
}

TEST(Rfc3339, FormatsWithTheFewestExactDigits) {
  const struct {
    std::int64_t us;
    const char* text;
  } rows[] = {
      {0, "1970-01-01T00:00:00Z"},
      {kAt.us, "2026-03-19T14:30:00Z"},
      {kAt.us + 120'000, "2026-03-19T14:30:00.120Z"},
      {kAt.us + 999'000, "2026-03-19T14:30:00.999Z"},
      {kAt.us + 1, "2026-03-19T14:30:00.000001Z"},
      {1'709'251'199'999'999, "2024-02-29T23:59:59.999999Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
      {253'402'300'800'000'000, "9999-12-31T23:59:59.999999Z"},  // no fifth digit to write
      {Time::max().us, "9999-12-31T23:59:59.999999Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
  };
  for (const auto& row : rows) EXPECT_EQ(format_rfc3339(Time{row.us}), row.text);
}

TEST(DurationText, Forms) {
  const struct {
    const char* text;
    Duration duration;
    const char* again;
  } rows[] = {
      {"250ms", Duration::millis(250), "250ms"},
      {"90s", Duration::seconds(90), "90s"},
      {"15m", Duration::minutes(15), "15m"},
      {"2h", Duration::hours(2), "2h"},
      {"30d", Duration::days(30), "30d"},
      {"60s", Duration::minutes(1), "1m"},
      {"48h", Duration::days(2), "2d"},
      {"1000ms", Duration::seconds(1), "1s"},
      {"0s", Duration{}, "0s"},
      {"007s", Duration::seconds(7), "7s"},
      {"999999999ms", Duration::millis(999'999'999), "999999999ms"},
  };
  for (const auto& row : rows) {
    const auto duration = parse_duration(row.text);
    ASSERT_TRUE(duration.has_value()) << row.text;
    EXPECT_EQ(*duration, row.duration) << row.text;
    EXPECT_EQ(format_duration(*duration), row.again);
  }
  const char* refused[] = {"",   "s",   "5",    "-5s",   "+5s",         "1.5h",       "5 s",
                           "5S", "5us", "5min", "1h30m", "1000000000s", "999999999d", "5s "};
  for (const char* text : refused) EXPECT_FALSE(parse_duration(text).has_value()) << text;
}

TEST(TimeArithmetic, NeverStaysNever) {
  EXPECT_EQ(Time::max() + Duration::days(1), Time::max());
  EXPECT_EQ(Time{5} + Duration{3} - Time{1}, Duration{7});
  EXPECT_EQ(Time{Time::max().us - 5} + Duration::seconds(1), Time::max());
}

TEST(DurationArithmetic, StopsAtTheEndsOfTheRange) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr Duration kLongest{kMax};
  static_assert(Duration::days(1) == Duration::hours(24) && Duration::hours(1).us == 3'600'000'000);
  static_assert(Duration::minutes(-1).us == -60'000'000);
  EXPECT_EQ(Duration::millis(kMax), kLongest);
  EXPECT_EQ(Duration::seconds(kMax), kLongest);
  EXPECT_EQ(Duration::minutes(kMax), kLongest);
  EXPECT_EQ(Duration::hours(kMax), kLongest);
  EXPECT_EQ(Duration::days(kMax / 2), kLongest);
  EXPECT_EQ(Duration::seconds(9'223'372'036'855), kLongest);  // one second too many
  EXPECT_LT(Duration::seconds(-kMax), Duration{});
  EXPECT_EQ(Duration::days(366) * kMax, kLongest);
  EXPECT_EQ(kLongest + Duration{1}, kLongest);
  EXPECT_EQ(Time{1} + kLongest, Time::max());
}

}  // namespace
}  // namespace ringfence
