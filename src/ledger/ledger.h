// SPDX-License-Identifier: Apache-2.0
// Ledger: accounts, walls, meters and holds; the arithmetic that keeps P1, P2 and P7.
//
// Contract: single-threaded, pure, deterministic. One hold touches every meter that applies, all or
// nothing: `probe` changes nothing, `open` may only follow a probe that fits (or recorded effects
// in replay) and cannot fail. The budgets of the whole chain are found here, from the account
// alone; no rule above can leave one out. True spend is always recorded, also past a cap.
// Limitations: who may do what, and when, is decided in `engine`.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "base/slab.h"
#include "base/unit.h"
#include "ledger/accounts.h"
#include "ledger/holds.h"
#include "ledger/meter.h"

namespace ringfence {

class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;  // its tables point into it
  Ledger& operator=(const Ledger&) = delete;

  Accounts accounts;

  // ---- walls
  Wall* find_wall(const WallKey& key);
  Wall& add_wall(const WallKey& key);  // must be new; its texts need not last
  void drop_wall(WallId id);           // its counters go with it
  Wall& wall(WallId id) { return walls_[id.index]; }
  const Wall& wall(WallId id) const { return walls_[id.index]; }
  // Its meters of past windows that open holds touch, the oldest first.
  std::vector<MeterId> older_meters(WallId id) const;
  template <class F>
  void for_each_wall(F&& f) {
    for (std::size_t i = 0; i < walls_.size(); ++i) {
      if (walls_[i].id != kNoWall) f(walls_[i]);
    }
  }

  // ---- meters
  Meter& open_meter(MeterId id, WallId wall, Span span);
  Meter* meter(MeterId id) { return id.number < meters_.size() ? meters_[id.number] : nullptr; }
  const Meter* meter(MeterId id) const {
    return id.number < meters_.size() ? meters_[id.number] : nullptr;
  }
  std::uint64_t next_meter_number() const { return meters_.size(); }
  // The current meter of a wall at `now`, advanced; null when its window has passed or none is.
  Meter* current(const Wall& wall, Time now);
  Level level(const Wall& wall, const Meter* meter) const {
    Level level{.cap = wall.cap, .floor = wall.floor};
    if (meter == nullptr) return level;
    if (meter->raised_cap()) level.cap = std::max(level.cap, *meter->raised_cap());
    level.settled = meter->settled();
    level.held = meter->held;
    return level;
  }

  template <class F>
  void for_each_meter(F&& f) const {
    for (const Meter* meter : meters_) {
      if (meter != nullptr) f(*meter);
    }
  }

  // ---- holds
  // Where a hold is of several operations (`by_parts`), a meter that holds less than the need is
  // also charged that much less: the rest was for what it does not count.
  Hold& open(HoldId id, AccountId account, const Amounts& need, std::span<const Touch> touches,
             Time now, Time deadline);
  // A resolved hold may only come to touch more meters.
  void extend(Hold& hold, const Amounts& added, std::span<const Touch> touches, Time deadline);
  // Closes an open hold, or replaces the charge of a resolved one.
  void resolve(Hold& hold, const Amounts& charged, Time now);
  // Takes a resolved one out, and back in, as whoever keeps it elsewhere wishes.
  void forget(HoldId id);
  Hold& recall(HoldId id) { return holds_.add(id); }
  Hold* find(HoldId id) { return holds_.find(id); }
  const Hold* find(HoldId id) const { return holds_.find(id); }
  // An open hold takes part in a wall that is new.
  void attach(Hold& hold, Meter& meter, std::int64_t amount);

  // The open hold with the earliest deadline, or null.
  const Hold* first_deadline() const { return holds_.first_deadline(); }
  std::vector<HoldId> open_by_deadline() const { return holds_.by_deadline(); }
  std::size_t open_count() const { return holds_.scheduled(); }
  std::size_t meter_count() const { return meter_pool_.size() - free_meters_.size(); }
  std::vector<HoldId> holds_in_order() const { return holds_.in_order(); }

  // All that follows from what was opened, resolved and dropped here, and nothing that a policy
  // says of walls. Loads into a new one; afterwards every hold is at an account that there is, and
  // what is open touches meters that there are.
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

 private:
  void save_walls(PackedWriter& out) const;
  void save_meters(PackedWriter& out) const;
  void save_holds(PackedWriter& out) const;
  void load_walls(PackedReader& in);
  void load_meters(PackedReader& in);
  void load_holds(PackedReader& in);
  void join(Hold& hold, std::span<const Touch> touches);
  bool drop_meter_if_idle(MeterId id);  // whether it is gone

  // Walls are found by what their keys say; the set holds only their places.
  struct KeyHash {
    using is_transparent = void;
    const Slab<Wall>* walls;
    std::size_t operator()(const WallKey& key) const;
    std::size_t operator()(WallId id) const { return (*this)(key_of((*walls)[id.index])); }
  };
  struct KeyEqual {
    using is_transparent = void;
    const Slab<Wall>* walls;
    bool operator()(WallId a, WallId b) const { return a == b; }
    bool operator()(const WallKey& a, WallId b) const { return a == key_of((*walls)[b.index]); }
    bool operator()(WallId a, const WallKey& b) const { return (*this)(b, a); }
  };

  Slab<Wall> walls_;  // id kNoWall: free to be another
  std::vector<std::uint32_t> free_walls_;
  boost::unordered_flat_map<std::uint32_t, std::vector<MeterId>> older_;  // of walls that have some
  Names names_;
  boost::unordered_flat_set<WallId, KeyHash, KeyEqual> walls_by_key_{0, KeyHash{&walls_},
                                                                     KeyEqual{&walls_}};
  std::vector<Meter*> meters_{nullptr};  // by number; 0 is none
  Slab<Meter> meter_pool_;
  std::vector<Meter*> free_meters_;
  Holds holds_;
};

}  // namespace ringfence
