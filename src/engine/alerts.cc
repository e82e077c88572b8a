// SPDX-License-Identifier: Apache-2.0
// Alerts: once per meter, window and threshold, on what is settled plus output metered live.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "engine/step.h"

namespace ringfence {
namespace {

std::int64_t threshold_of(const AlertAt& alert, std::int64_t cap) {
  if (alert.amount >= 0) return alert.amount;
  return static_cast<std::int64_t>(static_cast<__int128>(cap) * alert.permille / 1'000);
}

bool fired(const Meter& meter, std::int64_t threshold) {
  return std::ranges::find(meter.rare().alerts_fired, threshold) != meter.rare().alerts_fired.end();
}

}  // namespace

void Step::check_alerts(const Hold& hold) {
  for (const Touch& touch : hold.touches) {
    const Meter* meter = s_.ledger.meter(touch.meter);
    if (meter == nullptr || meter->wall == kNoWall) continue;
    const Wall& wall = s_.ledger.wall(meter->wall);
    if (wall.current != meter->id) continue;
    const Level level = s_.ledger.level(wall, meter);
    const std::int64_t spent = saturating_add(level.settled, meter->live);
    for (const AlertAt& alert : s_.rules.at(wall.rule).alerts) {
      const std::int64_t threshold = threshold_of(alert, level.cap);
      if (spent <= 0 || spent < threshold || fired(*meter, threshold)) continue;
      emit(AlertFired{meter->id, std::string(wall.name), s_.units.name(wall.unit),
                      std::string(wall.subject), threshold, spent, level.cap});
    }
  }
}

std::vector<std::string> Step::fired_alerts(const std::vector<Applied>& walls) const {
  std::vector<std::string> names;
  for (const Applied& applied : walls) {
    if (applied.meter == nullptr) continue;
    const Wall& wall = *applied.wall;
    for (const std::int64_t threshold : applied.meter->rare().alerts_fired) {
      names.push_back(fmt::format("{} {} passed {} {}", wall.name, wall.subject,
                                  s_.units.name(wall.unit), format_amount(wall.unit, threshold)));
    }
  }
  return names;
}

Reply Step::on(ObserveHold& c) {
  Hold* hold = s_.ledger.find(c.hold);
  if (hold == nullptr || !hold->open) return OkReply{};
  if (auto refusal = check_amounts(c.so_far, "so_far")) return *refusal;
  for (const Touch& touch : hold->touches) {
    Meter* meter = s_.ledger.meter(touch.meter);
    if (meter == nullptr || meter->wall == kNoWall) continue;
    const Unit unit = s_.ledger.wall(meter->wall).unit;
    meter->live = saturating_add(meter->live, c.so_far.get(unit) - hold->live.get(unit));
  }
  hold->live = c.so_far;
  check_alerts(*hold);
  return OkReply{};
}

}  // namespace ringfence
