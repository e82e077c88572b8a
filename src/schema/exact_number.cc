// SPDX-License-Identifier: Apache-2.0
#include "schema/exact_number.h"

#include <charconv>

#include "base/decimal.h"
#include "base/ensure.h"

namespace ringfence {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits at the start of `text`, which is cut by them.
std::string_view take_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

__extension__ using Wide = unsigned __int128;

std::uint64_t times(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
  return static_cast<std::uint64_t>(Wide{a} * b % modulus);
}

}  // namespace

std::optional<ExactNumber> ExactNumber::parse(std::string_view text) {
  if (text.size() > kDecimalTextMax) return std::nullopt;
  ExactNumber number;
  number.negative_ = text.starts_with('-');
  if (number.negative_) text.remove_prefix(1);
  const std::string_view whole = take_digits(text);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  number.digits_ = whole;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
    number.digits_ += fraction;
    number.exponent_ = -static_cast<std::int64_t>(fraction.size());
  }
  bool in_range = true;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    const bool below = text.starts_with('-');
    if (below || text.starts_with('+')) text.remove_prefix(1);
    const std::string_view power = take_digits(text);
    if (power.empty()) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), value);
    in_range = error == std::errc{} && value <= kExponentMax;
    if (in_range) number.exponent_ += below ? -value : value;
  }
  if (!text.empty()) return std::nullopt;
  number.digits_.erase(0, number.digits_.find_first_not_of('0'));
  if (number.digits_.empty()) return ExactNumber();
  while (number.digits_.back() == '0') {
    number.digits_.pop_back();
    ++number.exponent_;
  }
  if (!in_range) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> ExactNumber::count() const {
  constexpr std::size_t kCountDigitsMax = 15;
  if (digits_.empty()) return 0;
  if (negative_ || exponent_ < 0) return std::nullopt;
  const auto zeros = static_cast<std::uint64_t>(exponent_);
  if (digits_.size() + zeros > kCountDigitsMax) return std::nullopt;
  std::uint64_t count = 0;
  for (const char c : digits_ + std::string(zeros, '0')) {
    count = count * 10 + static_cast<unsigned>(c - '0');
  }
  return count;
}

// a x 10^k is a multiple of b when b divides it, k >= 0. With k < 0 it never is: a does not end in
// a zero.
bool ExactNumber::multiple_of(const ExactNumber& divisor) const {
  RF_ENSURE(divisor.can_divide(), "divisors are checked when they are read");
  if (digits_.empty()) return true;
  std::int64_t power = exponent_ - divisor.exponent_;
  if (power < 0) return false;
  std::uint64_t modulus = 0;
  for (const char c : divisor.digits_) modulus = modulus * 10 + static_cast<unsigned>(c - '0');
  std::uint64_t rest = 0;
  for (const char c : digits_) {
    rest = static_cast<std::uint64_t>((Wide{rest} * 10 + static_cast<unsigned>(c - '0')) % modulus);
  }
  for (std::uint64_t square = 10 % modulus; power > 0; power /= 2) {
    if (power % 2 == 1) rest = times(rest, square, modulus);
    square = times(square, square, modulus);
  }
  return rest == 0;
}

std::string ExactNumber::canonical() const {
  if (digits_.empty()) return "0";
  return (negative_ ? "-" : "") + digits_ + "e" + std::to_string(exponent_);
}

std::strong_ordering operator<=>(const ExactNumber& a, const ExactNumber& b) {
  const auto sign = [](const ExactNumber& n) {
    return n.digits_.empty() ? 0 : n.negative_ ? -1 : 1;
  };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  const auto top = [](const ExactNumber& n) {
    return n.exponent_ + static_cast<std::int64_t>(n.digits_.size());
  };
  std::strong_ordering size = top(a) <=> top(b);
  if (sign(a) == 0) return std::strong_ordering::equal;
  if (size == 0) size = a.digits_ <=> b.digits_;
  return a.negative_ ? 0 <=> size : size;
}

}  // namespace ringfence
