// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include "base/checked.h"
#include "base/ensure.h"
#include "base/inject.h"

namespace ringfence {

// ---- walls

std::size_t Ledger::KeyHash::operator()(const WallKey& key) const {
  std::size_t hash = 0;
  boost::hash_combine(hash, key.name);
  boost::hash_combine(hash, key.subject);
  boost::hash_combine(hash, key.unit.index);
  boost::hash_combine(hash, static_cast<int>(key.window.kind));
  boost::hash_combine(hash, key.window.span.us);
  return hash;
}

Wall* Ledger::find_wall(const WallKey& key) {
  const auto it = walls_by_key_.find(key);
  return it == walls_by_key_.end() ? nullptr : &walls_[it->index];
}

std::vector<MeterId> Ledger::older_meters(WallId id) const {
  const auto found = older_.find(id.index);
  return found == older_.end() ? std::vector<MeterId>() : found->second;
}

Wall& Ledger::add_wall(const WallKey& key) {
  RF_ENSURE(find_wall(key) == nullptr, "one wall per key");
  WallId id{static_cast<std::uint32_t>(walls_.size())};
  if (free_walls_.empty()) {
    walls_.emplace_back();
  } else {
    id.index = free_walls_.back();
    free_walls_.pop_back();
  }
  Wall& wall = walls_[id.index];
  wall.id = id;
  wall.name = names_.keep(key.name);
  const Account* account = accounts.find(key.subject);
  wall.subject = account != nullptr ? account->path : names_.keep(key.subject);
  wall.unit = key.unit;
  wall.window = key.window;
  walls_by_key_.insert(id);
  return wall;
}

void Ledger::drop_wall(WallId id) {
  Wall& gone = walls_[id.index];
  walls_by_key_.erase(id);
  // Open holds may still touch its meters; they find no wall behind them any more.
  std::vector<MeterId> orphans = older_meters(id);
  older_.erase(id.index);
  if (gone.current.number != 0) orphans.push_back(gone.current);
  for (const MeterId orphan : orphans) {
    Meter* left = meter(orphan);
    if (left == nullptr) continue;
    left->wall = kNoWall;
    drop_meter_if_idle(orphan);
  }
  gone = Wall{};
  free_walls_.push_back(id.index);
}

// ---- meters

Meter& Ledger::open_meter(MeterId id, WallId wall_id, Span span) {
  RF_ENSURE(id.number == meters_.size(), "meters are numbered without gaps");
  if (free_meters_.empty()) free_meters_.push_back(&meter_pool_.emplace_back());
  Meter& fresh = *free_meters_.back();
  free_meters_.pop_back();
  fresh.id = id;
  fresh.wall = wall_id;
  fresh.span = span;
  Wall& owner = wall(wall_id);
  if (owner.window.kind == WindowKind::rolling) {
    fresh.rare().rolling = std::make_unique<RollingSum>(owner.window.span);
  }
  const MeterId before = owner.current;
  owner.current = id;
  meters_.push_back(&fresh);
  if (before.number != 0 && !drop_meter_if_idle(before)) older_[wall_id.index].push_back(before);
  return fresh;
}

Meter* Ledger::current(const Wall& wall, Time now) {
  if (RF_BUG(expire_on_read) && first_deadline() != nullptr && first_deadline()->deadline <= now) {
    resolve(*find(first_deadline()->id), first_deadline()->need, now);
  }
  Meter* found = wall.current.number == 0 ? nullptr : meter(wall.current);
  if (found == nullptr || now >= found->span.end) return nullptr;
  found->advance(now);
  return found;
}

// A meter is kept while it is a wall's current one or an open hold touches it. A late correction to
// a window that has passed changes nothing that anyone still reads.
bool Ledger::drop_meter_if_idle(MeterId id) {
  Meter*& place = meters_[id.number];
  if (place == nullptr) return true;
  if (place->open_holds > 0) return false;
  if (place->wall != kNoWall) {
    Wall& owner = wall(place->wall);
    if (owner.current == id) return false;
    const auto older = older_.find(owner.id.index);
    if (older != older_.end()) {
      std::erase(older->second, id);
      if (older->second.empty()) older_.erase(older);
    }
  }
  *place = Meter{};
  free_meters_.push_back(place);
  place = nullptr;
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
    // Nothing more is held; the amount of a share only tells what it is a share of.
    RF_ENSURE(touch.amount == 0 || hold.by_parts, "nothing more is held for what is resolved");
    hold.touches.push_back(touch);
  }
}

namespace {

// What a touched meter's own settled amount is: nothing for `concurrent`, which only counts what is
// open now, and the meter's share where it counts only some of a hold's operations.
std::int64_t settled_part(Unit unit, const Hold& hold, const Touch& touch, const Amounts& charged) {
  if (unit == kConcurrent) return 0;
  const std::int64_t all = charged.get(unit);
  if (!hold.by_parts) return all;
  const std::int64_t elsewhere = hold.need.get(unit) - touch.amount;
  return std::max<std::int64_t>(0, all - elsewhere);
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
      const std::int64_t was =
          closing || RF_BUG(settle_twice) ? 0 : settled_part(unit, hold, touch, before);
      const std::int64_t delta = saturating_add(settled_part(unit, hold, touch, charged), -was);
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
