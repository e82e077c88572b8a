// SPDX-License-Identifier: Apache-2.0
// Holds: open reservations, found by number and in the order of their deadlines.
//
// Contract: pure, single-threaded. A hold's place is stable until it is removed, and then given to
// another one, the place that came free last first: what is decided now stays in cache however many
// were decided before. Resolved holds stay until `remove`.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "base/slab.h"
#include "base/time.h"
#include "base/unit.h"
#include "ledger/ids.h"

namespace ringfence {

struct Touch {
  MeterId meter;
  std::int64_t amount = 0;  // held there
  friend bool operator==(const Touch&, const Touch&) = default;
};

struct Hold {
  HoldId id;
  AccountId account;
  std::uint32_t slot = 0;  // its place: what others know of it may be kept beside it by this number
  bool open = true;
  bool by_parts = false;  // of several operations: a wall may count some of them, not all
  Amounts need;
  Amounts live;     // output metered so far, for alerts
  Amounts charged;  // once resolved
  std::vector<Touch> touches;
  Time opened;
  Time deadline;
  Time resolved_at;
};

class Holds {
 public:
  // Its number must be new. The hold is open, and not in the order of deadlines yet.
  Hold& add(HoldId id);
  Hold* find(HoldId id);
  const Hold* find(HoldId id) const;
  void remove(HoldId id);  // one without a deadline

  // Puts it where this deadline belongs.
  void schedule(Hold& hold, Time deadline);
  void unschedule(const Hold& hold);
  // The one with the earliest deadline, then the lowest number; null: none.
  const Hold* first_deadline() const { return heap_.empty() ? nullptr : &slots_[heap_.front()]; }
  std::vector<HoldId> by_deadline() const;
  std::size_t scheduled() const { return heap_.size(); }
  std::vector<HoldId> in_order() const;  // all there are, by number

 private:
  static constexpr std::uint32_t kUnscheduled = 0xffff'ffff;

  bool earlier(std::uint32_t a, std::uint32_t b) const;
  void put(std::size_t place, std::uint32_t slot);
  void sift_up(std::size_t place);
  void sift_down(std::size_t place);

  Slab<Hold> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> heap_;    // binary, of slots
  std::vector<std::uint32_t> places_;  // in the heap, by slot
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> slot_of_;
};

}  // namespace ringfence
