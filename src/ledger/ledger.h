// SPDX-License-Identifier: Apache-2.0
// Ledger: accounts, walls, meters and holds; the arithmetic that keeps P1, P2 and P7.
//
// Contract: single-threaded, pure, deterministic. One hold touches every meter that applies, all or
// nothing: `probe` changes nothing, `open` may only follow a probe that fits (or recorded effects
// in replay) and cannot fail. The budgets of the whole chain are found here, from the account
// alone; no rule above can leave one out. True spend is always recorded, also past a cap.
// Limitations: who may do what, and when, is decided in `engine`.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unit.h"
#include "ledger/accounts.h"
#include "ledger/holds.h"
#include "ledger/meter.h"

namespace ringfence {

class Ledger {
 public:
  Accounts accounts;

  // ---- walls
  // The key of a wall is (name, unit, window, subject): the same key keeps its meter.
  static std::string wall_key(std::string_view name, Unit unit, const Window& window,
                              std::string_view subject);
  Wall* find_wall(std::string_view key);
  Wall& add_wall(Wall wall);  // its key must be new
  void drop_wall(WallId id);  // its counters go with it
  Wall& wall(WallId id) { return *walls_[id.index]; }
  const Wall& wall(WallId id) const { return *walls_[id.index]; }
  std::string key_of(const Wall& wall) const {
    return wall_key(wall.name, wall.unit, wall.window, wall.subject);
  }
  template <class F>
  void for_each_wall(F&& f) {
    for (const auto& wall : walls_) {
      if (wall) f(*wall);
    }
  }

  // ---- meters
  Meter& open_meter(MeterId id, WallId wall, Span span);
  Meter* meter(MeterId id);
  const Meter* meter(MeterId id) const;
  std::uint64_t next_meter_number() const { return meters_.size(); }
  // The current meter of a wall at `now`, advanced; null when its window has passed or none is.
  Meter* current(const Wall& wall, Time now);
  Level level(const Wall& wall, const Meter* meter) const;

  // ---- holds
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
  std::size_t meter_count() const { return meters_live_; }

 private:
  void join(Hold& hold, std::span<const Touch> touches);
  bool drop_meter_if_idle(MeterId id);  // whether it is gone

  std::deque<std::unique_ptr<Wall>> walls_;
  std::vector<std::uint32_t> free_walls_;
  std::unordered_map<std::string, WallId> walls_by_key_;
  std::deque<std::unique_ptr<Meter>> meters_{1};  // number 0 is none
  std::size_t meters_live_ = 0;
  Holds holds_;
};

}  // namespace ringfence
