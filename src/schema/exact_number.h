// SPDX-License-Identifier: Apache-2.0
// ExactNumber: a JSON number as the decimal that was written; 1.0, 1 and 10e-1 are one value.
//
// Contract: a value; pure. No binary float is involved, and no operation writes an exponent out:
// each takes time in the digits written, of which there are at most kDecimalTextMax.
// Limitations: exponents past kExponentMax are not read.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringfence {

inline constexpr std::int64_t kExponentMax = 1'000'000;
inline constexpr std::size_t kDivisorDigitsMax = 18;

class ExactNumber {
 public:
  static std::optional<ExactNumber> parse(std::string_view text);

  bool is_integer() const { return exponent_ >= 0; }
  // A whole number from 0 to 10^15: what can be counted.
  std::optional<std::uint64_t> count() const;
  bool positive() const { return !negative_ && !digits_.empty(); }
  // Whether others may be asked to be a multiple of it.
  bool can_divide() const { return positive() && digits_.size() <= kDivisorDigitsMax; }
  bool multiple_of(const ExactNumber& divisor) const;
  // One text for each value.
  std::string canonical() const;

  friend bool operator==(const ExactNumber&, const ExactNumber&) = default;
  friend std::strong_ordering operator<=>(const ExactNumber& a, const ExactNumber& b);

 private:
  bool negative_ = false;
  std::string digits_;         // no zero at either end; empty: zero
  std::int64_t exponent_ = 0;  // of the last digit
};

}  // namespace ringfence
