// SPDX-License-Identifier: Apache-2.0
// Wall and Meter: a cap at one place, and the counter behind it in one window.
//
// Contract: plain state with the arithmetic of P1 and P2; pure, no allocation but a rolling
// window's buckets on first use. Amounts are int64 in the unit's base. A Wall lives as long as it
// is in force; it has one current Meter, and older ones as long as open holds touch them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/checked.h"
#include "base/time.h"
#include "base/unit.h"
#include "base/window.h"
#include "ledger/ids.h"
#include "ledger/rolling.h"

namespace ringfence {

struct WallId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(WallId, WallId) = default;
};
inline constexpr WallId kNoWall{0xffff'ffff};  // of a meter whose wall is no longer in force

// What most meters never have.
struct MeterExtras {
  std::optional<std::int64_t> raised_cap;
  Time raised_until = Time::max();
  std::vector<std::int64_t> alerts_fired;  // thresholds
  std::unique_ptr<RollingSum> rolling;     // instead of the plain sum
};

struct Meter {
  MeterId id;  // number 0: free to be another
  WallId wall;
  std::uint32_t open_holds = 0;
  Span span;
  std::int64_t held = 0;
  std::int64_t live = 0;  // output metered on open holds, for alerts; not part of any sum
  std::int64_t counted = 0;

  std::int64_t settled() const { return rolling() != nullptr ? rolling()->total() : counted; }
  void advance(Time now) {
    if (rolling() != nullptr) rolling()->advance(now);
  }
  void settle(std::int64_t amount, Time at);

  RollingSum* rolling() const { return extras_ ? extras_->rolling.get() : nullptr; }
  std::optional<std::int64_t> raised_cap() const {
    return extras_ ? extras_->raised_cap : std::nullopt;
  }
  const MeterExtras& rare() const;
  MeterExtras& rare();

 private:
  std::unique_ptr<MeterExtras> extras_;
};

// What tells walls apart: the same key keeps its meter.
struct WallKey {
  std::string_view name;     // "budget" or the limit's name
  std::string_view subject;  // an account path, or a limit's subject
  Unit unit;
  Window window;

  std::string text() const;  // as events name a wall
  friend bool operator==(const WallKey&, const WallKey&) = default;
};

struct Wall : WallKey {  // the texts last as long as the wall
  WallId id = kNoWall;
  MeterId current;         // number 0: none yet
  std::int64_t cap = 0;    // by policy
  std::int64_t floor = 0;  // below this much left it counts as exhausted
  std::uint32_t rule = 0;  // of whoever binds it: the number of all else it says; 0: none
  bool enforced = true;    // false: observes only (`warn`)
};

inline const WallKey& key_of(const Wall& wall) { return wall; }

// How a need stands at a wall, from best to worst.
enum class Standing : std::uint8_t {
  fits,
  busy,       // fits once open holds are gone
  throttled,  // over, but the window frees enough within kThrottleMax
  too_large,  // over, though the wall is not exhausted
  exhausted,
};

inline constexpr Duration kThrottleMax = Duration::seconds(60);

// A wall as a decision sees it; a wall without a meter yet counts zero.
struct Level {
  std::int64_t cap = 0;  // in force
  std::int64_t floor = 0;
  std::int64_t settled = 0;
  std::int64_t held = 0;

  // What is left now, and what would be left were every open hold returned; either may be < 0.
  std::int64_t free() const { return saturating_add(final(), -held); }
  std::int64_t final() const { return saturating_add(cap, -settled); }
};

struct Answer {
  Standing standing = Standing::fits;
  Time retry_at;  // throttled: when enough is free; busy: when it were, if no hold returned
};

// How a need stands that is more than what is free.
Answer stand_over(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need,
                  Time now);
// `meter` may be null (nothing counted yet). Equality fits.
inline Answer stand(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need,
                    Time now) {
  return need <= level.free() ? Answer{} : stand_over(wall, meter, level, need, now);
}

}  // namespace ringfence
