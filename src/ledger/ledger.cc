// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include "base/checked.h"
#include "base/ensure.h"

namespace ringfence {

// ---- walls

std::string Ledger::wall_key(std::string_view name, Unit unit, const Window& window,
                             std::string_view subject) {
  std::string key(name);
  key += '|';
  key += std::to_string(unit.index);
  key += '|';
  key += to_string(window);
  key += '|';
  key += subject;
  return key;
}

Wall* Ledger::find_wall(std::string_view key) {
  const auto it = walls_by_key_.find(std::string(key));
  return it == walls_by_key_.end() ? nullptr : walls_[it->second.index].get();
}

Wall& Ledger::add_wall(Wall wall) {
  if (free_walls_.empty()) {
    wall.id = WallId{static_cast<std::uint32_t>(walls_.size())};
    walls_.emplace_back();
  } else {
    wall.id = WallId{free_walls_.back()};
    free_walls_.pop_back();
  }
  const bool fresh = walls_by_key_.emplace(key_of(wall), wall.id).second;
  RF_ENSURE(fresh, "one wall per key");
  auto& place = walls_[wall.id.index];
  place = std::make_unique<Wall>(std::move(wall));
  return *place;
}

void Ledger::drop_wall(WallId id) {
  Wall& gone = *walls_[id.index];
  walls_by_key_.erase(key_of(gone));
  // Open holds may still touch its meters; they find no wall behind them any more.
  std::vector<MeterId> orphans = std::move(gone.older);
  if (gone.current.number != 0) orphans.push_back(gone.current);
  for (const MeterId orphan : orphans) {
    Meter* left = meter(orphan);
    if (left == nullptr) continue;
    left->wall = kNoWall;
    drop_meter_if_idle(orphan);
  }
  walls_[id.index].reset();
  free_walls_.push_back(id.index);
}

// ---- meters

Meter& Ledger::open_meter(MeterId id, WallId wall_id, Span span) {
  RF_ENSURE(id.number == meters_.size(), "meters are numbered without gaps");
  auto fresh = std::make_unique<Meter>();
  fresh->id = id;
  fresh->wall = wall_id;
  fresh->span = span;
  Wall& owner = wall(wall_id);
  if (owner.window.kind == WindowKind::rolling) {
    fresh->rolling = std::make_unique<RollingSum>(owner.window.span);
  }
  const MeterId before = owner.current;
  owner.current = id;
  ++meters_live_;
  Meter& placed = *meters_.emplace_back(std::move(fresh));
  if (before.number != 0 && !drop_meter_if_idle(before)) owner.older.push_back(before);
  return placed;
}

Meter* Ledger::meter(MeterId id) {
  return id.number < meters_.size() ? meters_[id.number].get() : nullptr;
}

const Meter* Ledger::meter(MeterId id) const {
  return id.number < meters_.size() ? meters_[id.number].get() : nullptr;
}

Meter* Ledger::current(const Wall& wall, Time now) {
  Meter* found = wall.current.number == 0 ? nullptr : meter(wall.current);
  if (found == nullptr || now >= found->span.end) return nullptr;
  found->advance(now);
  return found;
}

Level Ledger::level(const Wall& wall, const Meter* meter) const {
  Level level{.cap = wall.cap, .floor = wall.floor};
  if (meter == nullptr) return level;
  if (meter->raised_cap) level.cap = std::max(level.cap, *meter->raised_cap);
  level.settled = meter->settled();
  level.held = meter->held;
  return level;
}

// A meter is kept while it is a wall's current one or an open hold touches it. A late correction to
// a window that has passed changes nothing that anyone still reads.
bool Ledger::drop_meter_if_idle(MeterId id) {
  auto& place = meters_[id.number];
  if (!place) return true;
  if (place->open_holds > 0) return false;
  if (place->wall != kNoWall) {
    Wall& owner = wall(place->wall);
    if (owner.current == id) return false;
    std::erase(owner.older, id);
  }
  place.reset();
  --meters_live_;
  return true;
}

// ---- holds

Hold& Ledger::open(HoldId id, AccountId account, const Amounts& need,
                   std::span<const Touch> touches, Time now, Time deadline) {
  Hold& hold = holds_.add(id);
  hold.account = account;
  hold.need = need;
  hold.touches.assign(touches.begin(), touches.end());
  hold.opened = now;
  for (const Touch& touch : hold.touches) {
    Meter* touched = meter(touch.meter);
    RF_ENSURE(touched != nullptr, "a hold touches meters that are open");
    touched->held = saturating_add(touched->held, touch.amount);
    ++touched->open_holds;
  }
  ++accounts.at(account).open_holds;
  holds_.schedule(hold, deadline);
  return hold;
}

void Ledger::attach(Hold& hold, Meter& meter, std::int64_t amount) {
  RF_ENSURE(hold.open, "only an open hold is attached");
  meter.held = saturating_add(meter.held, amount);
  ++meter.open_holds;
  hold.touches.push_back({meter.id, amount});
}

void Ledger::extend(Hold& hold, const Amounts& added, std::span<const Touch> touches,
                    Time deadline) {
  if (!hold.open) return join(hold, touches);
  for (const Touch& more : touches) {
    Meter* touched = meter(more.meter);
    RF_ENSURE(touched != nullptr, "an extension touches meters that are open");
    touched->held = saturating_add(touched->held, more.amount);
    bool merged = false;
    for (Touch& have : hold.touches) {
      if (have.meter != more.meter) continue;
      have.amount = saturating_add(have.amount, more.amount);
      merged = true;
      break;
    }
    if (merged) continue;
    hold.touches.push_back(more);
    ++touched->open_holds;
  }
  added.for_each([&hold](Unit unit, std::int64_t amount) {
    hold.need.set(unit, saturating_add(hold.need.get(unit), amount));
  });
  holds_.schedule(hold, deadline);
}

// What is resolved takes part in a younger wall only to be corrected there.
void Ledger::join(Hold& hold, std::span<const Touch> touches) {
  for (const Touch& touch : touches) {
    RF_ENSURE(touch.amount == 0, "nothing more is held for what is resolved");
    hold.touches.push_back(touch);
  }
}

namespace {

// What a touched meter's own settled amount is: nothing for `concurrent`, which only counts what is
// open now.
std::int64_t settled_part(Unit unit, const Amounts& charged) {
  return unit == kConcurrent ? 0 : charged.get(unit);
}

}  // namespace

void Ledger::resolve(Hold& hold, const Amounts& charged, Time now) {
  const bool closing = hold.open;
  const Amounts before = hold.charged;
  if (closing) {
    holds_.unschedule(hold);
    --accounts.at(hold.account).open_holds;
    hold.open = false;
    hold.resolved_at = now;
  }
  hold.charged = charged;
  for (const Touch& touch : hold.touches) {
    Meter* touched = meter(touch.meter);
    if (touched == nullptr) continue;  // its window has passed
    if (closing) {
      touched->held -= touch.amount;
      --touched->open_holds;
    }
    if (touched->wall != kNoWall) {
      const Unit unit = wall(touched->wall).unit;
      if (closing) touched->live -= hold.live.get(unit);
      const std::int64_t delta =
          saturating_add(settled_part(unit, charged), closing ? 0 : -settled_part(unit, before));
      // A correction belongs to the bucket of the charge that it corrects.
      touched->settle(delta, hold.resolved_at);
    }
    if (closing) drop_meter_if_idle(touch.meter);
  }
  hold.live = Amounts{};
}

void Ledger::forget(HoldId id) {
  const Hold* hold = find(id);
  RF_ENSURE(hold != nullptr && !hold->open, "only a resolved hold is forgotten");
  holds_.remove(id);
}

}  // namespace ringfence
