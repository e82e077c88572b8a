// SPDX-License-Identifier: Apache-2.0
// Time and Duration: microseconds since the Unix epoch (UTC, no leap seconds), and their spans.
//
// Contract: plain values. Sums and multiples stop at the ends of the range, so that a span stated
// by a caller is at worst too long and never wraps to a short one. Reading a clock is
// `base/clock.h` and nowhere else.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "base/result.h"

namespace ringfence {

struct Duration {
  std::int64_t us = 0;

  static constexpr Duration millis(std::int64_t n) { return {saturating_mul(n, 1'000)}; }
  static constexpr Duration seconds(std::int64_t n) { return {saturating_mul(n, 1'000'000)}; }
  static constexpr Duration minutes(std::int64_t n) { return {saturating_mul(n, 60'000'000)}; }
  static constexpr Duration hours(std::int64_t n) { return {saturating_mul(n, 3'600'000'000)}; }
  static constexpr Duration days(std::int64_t n) { return {saturating_mul(n, 86'400'000'000)}; }

  constexpr std::int64_t whole_ms() const { return us / 1'000; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator*(Duration d, std::int64_t n) {
    return {saturating_mul(d.us, n)};
  }
  friend constexpr Duration operator/(Duration d, std::int64_t n) { return {d.us / n}; }
  friend constexpr Duration operator+(Duration a, Duration b) {
    return {saturating_add(a.us, b.us)};
  }
};

struct Time {
  std::int64_t us = 0;

  // Never. Adding and taking away leaves it, and no sum passes it.
  static constexpr Time max() { return {std::numeric_limits<std::int64_t>::max()}; }
  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) {
    return t == max() ? t : Time{saturating_add(t.us, d.us)};
  }
  friend constexpr Time operator-(Time t, Duration d) { return t == max() ? t : Time{t.us - d.us}; }
  friend constexpr Duration operator-(Time a, Time b) { return {a.us - b.us}; }
};

// RFC 3339 in UTC with the fewest of 0, 3 or 6 digits that are exact: "2026-03-19T14:30:00Z".
// The grammar has four digits for the year, so times after 9999 are written as its last
// microsecond.
std::string format_rfc3339(Time time);
// Any RFC 3339 offset; digits past microseconds are dropped. Years 1970 to 9999, in UTC.
Result<Time> parse_rfc3339(std::string_view text);

// "250ms", "90s", "15m", "2h", "30d". Grammar: 1*9DIGIT ("ms" / "s" / "m" / "h" / "d").
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form of a duration >= 0; what is below a millisecond is dropped.
std::string format_duration(Duration duration);

}  // namespace ringfence
