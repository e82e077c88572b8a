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
#include <vector>

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

struct Meter {
  MeterId id;
  WallId wall;
  Span span;
  std::int64_t held = 0;
  std::int64_t live = 0;  // output metered on open holds, for alerts; not part of any sum
  std::uint32_t open_holds = 0;
  std::optional<std::int64_t> raised_cap;
  Time raised_until = Time::max();
  std::vector<std::int64_t> alerts_fired;  // thresholds

  std::int64_t settled() const { return rolling ? rolling->total() : counted; }
  void advance(Time now) {
    if (rolling) rolling->advance(now);
  }
  void settle(std::int64_t amount, Time at);

  std::int64_t counted = 0;
  std::unique_ptr<RollingSum> rolling;
};

struct Wall {
  WallId id;
  std::string name;     // "budget" or the limit's name
  std::string subject;  // an account path, or a limit's subject
  Unit unit;
  Window window;
  std::int64_t cap = 0;        // by policy
  std::int64_t floor = 0;      // below this much left it counts as exhausted
  bool enforced = true;        // false: observes only (`warn`)
  MeterId current;             // number 0: none yet
  std::vector<MeterId> older;  // of past windows, while open holds touch them
};

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
  std::int64_t free() const;
  std::int64_t final() const;
};

struct Answer {
  Standing standing = Standing::fits;
  Time retry_at;  // throttled: when enough is free; busy: when it were, if no hold returned
};

// `meter` may be null (nothing counted yet). Equality fits.
Answer stand(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need, Time now);

}  // namespace ringfence
