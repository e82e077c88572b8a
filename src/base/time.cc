// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ringfence {
namespace {

using Days = date::sys_days;
using Micros = std::chrono::microseconds;

constexpr Time kLastOf9999{253'402'300'799'999'999};

// Reads exactly `count` digits at `pos` and moves past them; -1 when they are not digits.
int take_digits(std::string_view text, std::size_t& pos, std::size_t count) {
  if (pos + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i, ++pos) {
    if (text[pos] < '0' || text[pos] > '9') return -1;
    value = value * 10 + (text[pos] - '0');
  }
  return value;
}

bool take(std::string_view text, std::size_t& pos, std::string_view any_of) {
  if (pos >= text.size() || any_of.find(text[pos]) == std::string_view::npos) return false;
  ++pos;
  return true;
}

std::int64_t take_fraction_us(std::string_view text, std::size_t& pos) {
  std::int64_t us = 0;
  std::int64_t weight = 100'000;
  while (pos < text.size() && text[pos] >= '0' && text[pos] <= '9') {
    us += (text[pos++] - '0') * weight;
    weight /= 10;
  }
  return us;
}

}  // namespace

std::string format_rfc3339(Time time) {
  const date::sys_time<Micros> instant{Micros{std::min(time, kLastOf9999).us}};
  const auto day = date::floor<date::days>(instant);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss<Micros> clock{instant - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{ymd.year()},
                                 unsigned{ymd.month()}, unsigned{ymd.day()}, clock.hours().count(),
                                 clock.minutes().count(), clock.seconds().count());
  const auto fraction = clock.subseconds().count();
  if (fraction % 1'000 != 0) {
    text += fmt::format(".{:06}", fraction);
  } else if (fraction != 0) {
    text += fmt::format(".{:03}", fraction / 1'000);
  }
  return text + "Z";
}

Result<Time> parse_rfc3339(std::string_view text) {
  const auto bad = [] { return invalid("expected an RFC 3339 time such as 2026-03-19T14:30:00Z"); };
  std::size_t pos = 0;
  const int year = take_digits(text, pos, 4);
  if (!take(text, pos, "-")) return bad();
  const int month = take_digits(text, pos, 2);
  if (!take(text, pos, "-")) return bad();
  const int day = take_digits(text, pos, 2);
  if (!take(text, pos, "Tt ")) return bad();
  const int hour = take_digits(text, pos, 2);
  if (!take(text, pos, ":")) return bad();
  const int minute = take_digits(text, pos, 2);
  if (!take(text, pos, ":")) return bad();
  const int second = take_digits(text, pos, 2);
  std::int64_t fraction_us = 0;
  if (take(text, pos, ".")) {
    const std::size_t before = pos;
    fraction_us = take_fraction_us(text, pos);
    if (pos == before) return bad();
  }
  int offset_minutes = 0;
  if (!take(text, pos, "Zz")) {
    if (pos >= text.size()) return bad();
    const int sign = text[pos] == '-' ? -1 : 1;
    if (!take(text, pos, "+-")) return bad();
    const int offset_hour = take_digits(text, pos, 2);
    if (!take(text, pos, ":")) return bad();
    const int offset_minute = take_digits(text, pos, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59) {
      return bad();
    }
    offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  const bool in_range = year >= 1970 && month >= 1 && day >= 1 && ymd.ok() && hour >= 0 &&
                        hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
  if (!in_range || pos != text.size()) return bad();
  const std::int64_t seconds = std::int64_t{Days{ymd}.time_since_epoch().count()} * 86'400 +
                               hour * 3'600 + (minute - offset_minutes) * 60 + second;
  const Time time{seconds * 1'000'000 + fraction_us};
  if (time < Time{} || time > kLastOf9999) return bad();
  return time;
}

namespace {

struct Suffix {
  std::string_view text;
  std::int64_t us;
};
// Largest first, so that formatting picks the shortest exact form.
constexpr std::array<Suffix, 5> kSuffixes{{{"d", 86'400'000'000},
                                           {"h", 3'600'000'000},
                                           {"m", 60'000'000},
                                           {"s", 1'000'000},
                                           {"ms", 1'000}}};

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != std::string_view::npos && digits >= 1 && digits <= 9) {
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + digits, count);
    for (const Suffix& suffix : kSuffixes) {
      const __int128 us = static_cast<__int128>(count) * suffix.us;
      if (text.substr(digits) == suffix.text && us < Time::max().us / 2) {
        return Duration{static_cast<std::int64_t>(us)};
      }
    }
  }
  return invalid("expected a duration such as 250ms, 90s, 15m, 2h or 30d");
}

std::string format_duration(Duration duration) {
  if (duration == Duration{}) return "0s";
  for (const Suffix& suffix : kSuffixes) {
    if (duration.us >= suffix.us && duration.us % suffix.us == 0) {
      return fmt::format("{}{}", duration.us / suffix.us, suffix.text);
    }
  }
  return fmt::format("{}ms", duration.whole_ms());
}

}  // namespace ringfence
