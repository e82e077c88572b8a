// SPDX-License-Identifier: Apache-2.0
#include "ledger/meter.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence {

const MeterExtras& Meter::rare() const {
  static const MeterExtras kNone;
  return extras_ ? *extras_ : kNone;
}

MeterExtras& Meter::rare() {
  if (!extras_) extras_ = std::make_unique<MeterExtras>();
  return *extras_;
}

std::string WallKey::text() const {
  std::string text(name);
  text += '|';
  text += std::to_string(unit.index);
  text += '|';
  text += to_string(window);
  text += '|';
  text += subject;
  return text;
}

void Meter::settle(std::int64_t amount, Time at) {
  if (RollingSum* buckets = rolling()) {
    buckets->add(amount, at);
  } else {
    counted = saturating_add(counted, amount);
  }
}

namespace {

// When the window itself, as it grows old, brings what is settled down to `target`.
Time ages_to(const Wall& wall, const Meter* meter, std::int64_t target, Time now) {
  if (target < 0 || meter == nullptr) return Time::max();
  // The window of a hold that outlived it does not turn again.
  if (wall.window.calendar()) return meter->span.end > now ? meter->span.end : Time::max();
  if (meter->rolling() != nullptr) return meter->rolling()->when_at_most(target, now);
  return Time::max();
}

}  // namespace

Answer stand_over(const Wall& wall, const Meter* meter, const Level& level, std::int64_t need,
                  Time now) {
  if (need <= level.final()) {
    // A calendar window that turns leaves the open holds behind, a rolling one keeps them.
    const std::int64_t kept = wall.window.calendar() ? 0 : level.held;
    const std::int64_t room = saturating_add(level.cap, -kept);
    return {Standing::busy, ages_to(wall, meter, saturating_add(room, -need), now)};
  }
  const Time frees_at = ages_to(wall, meter, saturating_add(level.cap, -need), now);
  if (frees_at <= now + kThrottleMax) return {Standing::throttled, frees_at};
  const bool exhausted = level.final() < level.floor || level.final() <= 0;
  return {exhausted ? Standing::exhausted : Standing::too_large, {}};
}

}  // namespace ringfence
