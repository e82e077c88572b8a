// SPDX-License-Identifier: Apache-2.0
#include "base/unit.h"

#include "base/decimal.h"

namespace ringfence {
namespace {

constexpr std::size_t kUnitNameMax = 32;

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kUnitNameMax || name[0] < 'a' || name[0] > 'z') return false;
  for (const char c : name) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!ok) return false;
  }
  return true;
}

}  // namespace

UnitTable::UnitTable()
    : names_{"usd",           "calls", "tokens",  "input_tokens",
             "output_tokens", "bytes", "seconds", "concurrent"} {}

std::optional<Unit> UnitTable::find(std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return Unit{static_cast<std::uint8_t>(i)};
  }
  return std::nullopt;
}

Result<Unit> UnitTable::intern(std::string_view name) {
  if (const auto known = find(name)) return *known;
  if (!valid_name(name)) {
    return invalid("a unit's name is a lower-case word such as emails");
  }
  if (names_.size() == kUnitsMax) {
    return fail(ErrorCode::too_large, "at most 16 units, the built-in ones included");
  }
  names_.emplace_back(name);
  return Unit{static_cast<std::uint8_t>(names_.size() - 1)};
}

Result<std::int64_t> parse_amount(Unit unit, std::string_view text) {
  auto amount = parse_decimal(text, unit_scale(unit));
  if (amount && *amount < 0) return invalid("must not be negative");
  return amount;
}

std::string format_amount(Unit unit, std::int64_t amount) {
  return format_decimal(amount, unit_scale(unit), unit == kUsd ? 2 : 0);
}

}  // namespace ringfence
