// SPDX-License-Identifier: Apache-2.0
// Days to and from dates: the algorithm of H. Hinnant, "chrono-compatible low-level date
// algorithms" (days_from_civil, civil_from_days), for years 1970 to 9999.
#include "engine/event_time.h"

#include <algorithm>
#include <cstdint>

namespace ringfence::codec {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kLastUs = 253'402'300'799'999'999;  // 9999-12-31T23:59:59.999999Z
constexpr std::string_view kNever = "never";

struct Date {
  std::int64_t year, month, day;
};

constexpr Date date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = days / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;  // months since March
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr std::int64_t days_of(Date date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t shifted = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t of_year = (153 * shifted + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year -
         719'468;
}

void put(char*& at, std::int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  at += digits;
}

// -1 when they are not all digits.
template <std::size_t kDigits>
std::int64_t take(std::string_view text, std::size_t from) {
  std::int64_t value = 0;
  bool digits = true;
  for (std::size_t i = from; i < from + kDigits; ++i) {
    digits = digits && text[i] >= '0' && text[i] <= '9';
    value = value * 10 + (text[i] - '0');
  }
  return digits ? value : -1;
}

}  // namespace

void append_time(std::string& out, Time time) {
  if (time.us > kLastUs) {
    out += "\"never\"";
    return;
  }
  const std::int64_t us = std::max<std::int64_t>(time.us, 0);
  const Date date = date_of(us / kDayUs);
  const std::int64_t of_day = us % kDayUs / 1'000'000;
  const std::int64_t fraction = us % 1'000'000;
  char text[32];
  char* at = text;
  *at++ = '"';
  put(at, date.year, 4);
  *at++ = '-';
  put(at, date.month, 2);
  *at++ = '-';
  put(at, date.day, 2);
  *at++ = 'T';
  put(at, of_day / 3'600, 2);
  *at++ = ':';
  put(at, of_day / 60 % 60, 2);
  *at++ = ':';
  put(at, of_day % 60, 2);
  if (fraction != 0) {
    *at++ = '.';
    if (fraction % 1'000 == 0) {
      put(at, fraction / 1'000, 3);
    } else {
      put(at, fraction, 6);
    }
  }
  *at++ = 'Z';
  *at++ = '"';
  out.append(text, at);
}

std::optional<Time> read_time(std::string_view text) {
  if (text == kNever) return Time::max();
  const std::size_t size = text.size();
  if (size != 20 && size != 24 && size != 27) return std::nullopt;
  const bool marks = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
                     text[16] == ':' && text[size - 1] == 'Z' && (size == 20 || text[19] == '.');
  if (!marks) return std::nullopt;
  const Date date{take<4>(text, 0), take<2>(text, 5), take<2>(text, 8)};
  const std::int64_t hour = take<2>(text, 11);
  const std::int64_t minute = take<2>(text, 14);
  const std::int64_t second = take<2>(text, 17);
  std::int64_t fraction = 0;
  if (size == 24) fraction = take<3>(text, 20) * 1'000;
  if (size == 27) fraction = take<6>(text, 20);
  const bool in_range = date.year >= 1970 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
                        hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 &&
                        second <= 59 && fraction >= 0;
  if (!in_range) return std::nullopt;
  const std::int64_t days = days_of(date);
  // The 31st of a month of thirty days comes back as the 1st; every month has 28.
  if (date.day > 28 && date_of(days).day != date.day) return std::nullopt;
  return Time{((days * 24 + hour) * 60 + minute) * 60'000'000 + second * 1'000'000 + fraction};
}

}  // namespace ringfence::codec
