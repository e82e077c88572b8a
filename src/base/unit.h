// SPDX-License-Identifier: Apache-2.0
// Unit and Amounts: what walls count, and how much of each an operation needs or used.
//
// Contract: every quantity is an int64 in its unit's base: usd in nano-USD, seconds in
// milliseconds, all others in whole items. Units 0..7 are built in; a policy may declare more, by
// name, up to kUnitsMax in all. A UnitTable only grows, so a Unit stays valid for its life.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kUnitsMax = 16;

struct Unit {
  std::uint8_t index = 0;
  friend constexpr bool operator==(Unit, Unit) = default;
};

inline constexpr Unit kUsd{0};
inline constexpr Unit kCalls{1};
inline constexpr Unit kTokens{2};
inline constexpr Unit kInputTokens{3};
inline constexpr Unit kOutputTokens{4};
inline constexpr Unit kBytes{5};
inline constexpr Unit kSeconds{6};
inline constexpr Unit kConcurrent{7};
inline constexpr std::size_t kBuiltInUnits = 8;

// Decimal digits after the point in text form: 9 for usd, 3 for seconds, 0 for the rest.
constexpr int unit_scale(Unit unit) { return unit == kUsd ? 9 : unit == kSeconds ? 3 : 0; }

class UnitTable {
 public:
  UnitTable();
  std::optional<Unit> find(std::string_view name) const;
  // Finds or adds. Errors: `invalid` (not [a-z][a-z0-9_]{0,31}), `too_large` (kUnitsMax).
  Result<Unit> intern(std::string_view name);
  const std::string& name(Unit unit) const { return names_[unit.index]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
};

// "0.50" for usd, "1.5" for seconds, "12" for counts. Never negative.
Result<std::int64_t> parse_amount(Unit unit, std::string_view text);
std::string format_amount(Unit unit, std::int64_t amount);

// A set of amounts, one per unit; a unit is either stated or absent.
class Amounts {
 public:
  bool has(Unit unit) const { return (present_ & bit(unit)) != 0; }
  std::int64_t get(Unit unit) const { return values_[unit.index]; }  // 0 when absent
  void set(Unit unit, std::int64_t amount) {
    present_ |= bit(unit);
    values_[unit.index] = amount;
  }
  // States the unit at no less than `amount`.
  void raise_to(Unit unit, std::int64_t amount) {
    if (!has(unit) || get(unit) < amount) set(unit, amount);
  }
  void clear(Unit unit) {
    present_ &= ~bit(unit);
    values_[unit.index] = 0;
  }
  bool empty() const { return present_ == 0; }
  std::uint32_t present() const { return present_; }  // a bit for each unit stated

  template <class F>
  void for_each(F&& f) const {
    for (std::uint32_t rest = present_; rest != 0; rest &= rest - 1) {
      const Unit unit{static_cast<std::uint8_t>(__builtin_ctz(rest))};
      f(unit, get(unit));
    }
  }
  friend bool operator==(const Amounts&, const Amounts&) = default;

 private:
  static constexpr std::uint32_t bit(Unit unit) { return std::uint32_t{1} << unit.index; }
  std::uint32_t present_ = 0;
  std::array<std::int64_t, kUnitsMax> values_{};
};

}  // namespace ringfence
