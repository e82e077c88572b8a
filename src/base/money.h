// SPDX-License-Identifier: Apache-2.0
// Money: an exact amount in nano-units of the policy's currency.
//
// Contract: a value type over int64 (1 USD = 1'000'000'000; about ±9.2 billion USD). There is no
// implicit conversion from or to numbers, so money never mixes with tokens or calls, and no
// operator that could overflow unseen: sums go through `checked_add`.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "base/decimal.h"
#include "base/result.h"

namespace ringfence {

class Money {
 public:
  static constexpr int kScale = 9;  // decimal digits after the point

  constexpr Money() = default;
  static constexpr Money from_nano(std::int64_t nano) { return Money(nano); }
  static Result<Money> parse(std::string_view text) {
    const auto nano = parse_decimal(text, kScale);
    if (!nano) return std::unexpected(nano.error());
    return Money(*nano);
  }

  constexpr std::int64_t nano() const { return nano_; }
  // At least two places: "0.50", "12.00", "0.003".
  std::string text() const { return format_decimal(nano_, kScale, 2); }

  friend constexpr auto operator<=>(Money, Money) = default;

 private:
  explicit constexpr Money(std::int64_t nano) : nano_(nano) {}
  std::int64_t nano_ = 0;
};

constexpr std::optional<Money> checked_add(Money a, Money b) {
  const auto sum = checked_add(a.nano(), b.nano());
  if (!sum) return std::nullopt;
  return Money::from_nano(*sum);
}

}  // namespace ringfence
