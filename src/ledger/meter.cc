// SPDX-License-Identifier: Apache-2.0
#include "ledger/meter.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence {

void Meter::settle(std::int64_t amount, Time at) {
  if (rolling) {
    rolling->add(amount, at);
  } else {
    counted = saturating_add(counted, amount);
  }
}

std::int64_t Level::final() const { return saturating_add(cap, -settled); }
std::int64_t Level::free() const { return saturating_add(final(), -held); }

namespace {

// When the window itself will have made room for `need`, holds left aside.
Time window_frees_at(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need,
                     Time now) {
  if (need > level.cap || meter == nullptr) return Time::max();
  if (wall.window.calendar()) return meter->span.end;
  if (meter->rolling) return meter->rolling->when_at_most(level.cap - need, now);
  return Time::max();
}

}  // namespace

Answer stand(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need,
             Time now) {
  if (need <= level.free()) return {};
  if (need <= level.final()) return {Standing::busy, {}};
  const Time frees_at = window_frees_at(wall, meter, level, need, now);
  if (frees_at <= now + kThrottleMax) return {Standing::throttled, frees_at};
  const bool exhausted = level.final() < level.floor || level.final() <= 0;
  return {exhausted ? Standing::exhausted : Standing::too_large, {}};
}

}  // namespace ringfence
