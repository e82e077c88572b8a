// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include "base/checked.h"

namespace ringfence {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<std::int64_t> parse_decimal(std::string_view text, int scale) {
  const auto bad = [] { return invalid("expected a decimal number such as 12 or 0.0030"); };
  if (text.empty() || text.size() > kDecimalTextMax) return bad();
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = text.substr(point + 1);
    if (fraction.empty()) return bad();
  }
  if (whole.empty()) return bad();

  __int128 value = 0;
  constexpr __int128 kLimit = static_cast<__int128>(1) << 100;
  const auto push = [&value](char digit) {
    if (value < kLimit) value = value * 10 + (digit - '0');
  };
  for (const char c : whole) {
    if (!is_digit(c)) return bad();
    push(c);
  }
  bool exact = true;
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    if (!is_digit(fraction[i])) return bad();
    if (static_cast<int>(i) < scale) {
      push(fraction[i]);
    } else if (fraction[i] != '0') {
      exact = false;
    }
  }
  if (!exact && scale == 0) return invalid("expected a whole number");
  if (!exact) {
    return invalid("too precise: at most " + std::to_string(scale) +
                   " digits after the point are kept");
  }
  for (int i = static_cast<int>(fraction.size()); i < scale; ++i) push('0');

  const auto fitted = narrow(negative ? -value : value);
  if (!fitted) return invalid("out of range");
  return *fitted;
}

std::string format_decimal(std::int64_t value, int scale, int min_places) {
  const bool negative = value < 0;
  // Negating in unsigned arithmetic keeps the most negative value right.
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (negative) magnitude = 0 - magnitude;
  std::string digits = std::to_string(magnitude);
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, ".");
    std::size_t keep = digits.size();
    const std::size_t point = digits.size() - places - 1;
    while (keep > point + 1 + static_cast<std::size_t>(min_places) && digits[keep - 1] == '0') {
      --keep;
    }
    if (keep == point + 1) keep = point;
    digits.resize(keep);
  }
  return negative ? "-" + digits : digits;
}

}  // namespace ringfence
