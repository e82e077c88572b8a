// SPDX-License-Identifier: Apache-2.0
// Strong ids of the ledger's things; they do not mix with each other or with numbers.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ringfence {

// An account's place in the ledger; stable for the process's life and the same after replay.
struct AccountId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(AccountId, AccountId) = default;
};
inline constexpr AccountId kRootAccount{0};

// One meter in one window: numbered by its `meter` event, never reused.
struct MeterId {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(MeterId, MeterId) = default;
};

// A hold is numbered by the sequence number of the event that made it.
struct HoldId {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(HoldId, HoldId) = default;
};

}  // namespace ringfence

template <>
struct std::hash<ringfence::HoldId> {
  std::size_t operator()(ringfence::HoldId id) const noexcept {
    return std::hash<std::uint64_t>{}(id.number);
  }
};
template <>
struct std::hash<ringfence::MeterId> {
  std::size_t operator()(ringfence::MeterId id) const noexcept {
    return std::hash<std::uint64_t>{}(id.number);
  }
};
