// SPDX-License-Identifier: Apache-2.0
// The ledger as it stands in a snapshot. Accounts, then
//   walls  = list of (0 / 1 name subject unit window), by place; list of the free places, in the
//            order in which they came free: the places of walls decide in which order a policy
//            drops them
//   meters = list of (0 / 1 wall span held [counted raise alerts rolling]), by number; wall is its
//            place and 1, or 0: then only open holds know it, and its counters tell nothing
//   holds  = list of those not kept elsewhere, by number
// What follows from the rest is left out: which meter of a wall is its current one (the last), how
// many holds touch a meter, the order of deadlines.
#include "ledger/ledger.h"
#include "ledger/ledger_fields.h"

namespace ringfence {

// ---- a rolling window: only buckets that are not empty

void RollingSum::save(PackedWriter& out) const {
  std::vector<std::pair<std::uint64_t, std::int64_t>> filled;
  for (std::size_t i = 0; i < amounts_.size(); ++i) {
    if (amounts_[i] != 0) filled.emplace_back(i, amounts_[i]);
  }
  out(newest_, total_, filled);
}

void RollingSum::load(PackedReader& in) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> filled;
  in(newest_, total_, filled);
  std::uint64_t next = 0;
  for (const auto& [bucket, amount] : filled) {
    const bool follows = next <= bucket && bucket < amounts_.size() && amount != 0;
    if (!in.require(follows, "buckets are in their order")) return;
    next = bucket + 1;
    amounts_[bucket] = amount;
  }
  in.require(newest_ >= 0, "a bucket before all time");
}

// ---- the whole

void Ledger::save(PackedWriter& out) const {
  accounts.save(out);
  save_walls(out);
  save_meters(out);
  save_holds(out);
}

void Ledger::load(PackedReader& in) {
  accounts.load(in);
  load_walls(in);
  load_meters(in);
  load_holds(in);
}

// ---- walls

// A wall's subject is mostly an account: its number and 1, or 0 and the text.
void Ledger::save_walls(PackedWriter& out) const {
  out.natural(walls_.size());
  for (std::size_t i = 0; i < walls_.size(); ++i) {
    const Wall& wall = walls_[i];
    const bool used = wall.id != kNoWall;
    out(used);
    if (!used) continue;
    const Account* account = accounts.find(wall.subject);
    out(wall.name, account != nullptr ? account->id.index + 1 : 0U);
    if (account == nullptr) out(wall.subject);
    out(wall.unit, wall.window);
  }
  out(free_walls_);
}

void Ledger::load_walls(PackedReader& in) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const WallId id{static_cast<std::uint32_t>(walls_.size())};
    Wall& wall = walls_.emplace_back();
    bool used = false;
    in(used);
    if (!used) continue;
    std::string name;
    std::string subject;
    std::uint32_t account = 0;
    in(name, account);
    if (account == 0) in(subject);
    in(wall.unit, wall.window);
    const bool known = account <= accounts.size() && accounts.find(subject) == nullptr;
    if (!in.require(known, "a wall's subject is known by its number alone")) return;
    wall.name = names_.keep(name);
    wall.subject = account != 0 ? accounts.at(AccountId{account - 1}).path : names_.keep(subject);
    if (!in.require(find_wall(wall) == nullptr, "one wall per key")) return;
    wall.id = id;
    walls_by_key_.insert(id);
  }
  in(free_walls_);
  std::vector<bool> named(walls_.size());
  for (const std::uint32_t place : free_walls_) {
    const bool free = place < walls_.size() && walls_[place].id == kNoWall && !named[place];
    if (!in.require(free, "a free place is free once")) return;
    named[place] = true;
  }
  in.require(walls_by_key_.size() + free_walls_.size() == walls_.size(), "every place is known");
}

// ---- meters

void Ledger::save_meters(PackedWriter& out) const {
  out.natural(meters_.size() - 1);
  for (std::size_t number = 1; number < meters_.size(); ++number) {
    const Meter* meter = meters_[number];
    out(meter != nullptr);
    if (meter == nullptr) continue;
    const bool counts = meter->wall != kNoWall;
    out(counts ? meter->wall.index + 1 : 0U, meter->span, meter->held);
    if (!counts) continue;
    const MeterExtras& rare = meter->rare();
    out(meter->counted, rare.raised_cap, rare.raised_until, rare.alerts_fired);
    if (rare.rolling) rare.rolling->save(out);
  }
}

void Ledger::load_meters(PackedReader& in) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    bool kept = false;
    in(kept);
    if (!kept) {
      meters_.push_back(nullptr);
      continue;
    }
    Meter& meter = meter_pool_.emplace_back();
    meter.id = MeterId{meters_.size()};
    meter.wall = kNoWall;
    meters_.push_back(&meter);
    std::uint32_t place = 0;
    in(place, meter.span, meter.held);
    if (place == 0) continue;
    const WallId id{place - 1};
    const bool known = id.index < walls_.size() && walls_[id.index].id == id;
    if (!in.require(known, "a meter is of a wall")) return;
    meter.wall = id;
    MeterExtras rare;
    in(meter.counted, rare.raised_cap, rare.raised_until, rare.alerts_fired);
    Wall& owner = wall(id);
    if (owner.window.kind == WindowKind::rolling) {
      rare.rolling = std::make_unique<RollingSum>(owner.window.span);
      rare.rolling->load(in);
    }
    const bool plain = !rare.raised_cap && rare.raised_until == Time::max() &&
                       rare.alerts_fired.empty() && !rare.rolling;
    if (!plain) meter.rare() = std::move(rare);
    if (owner.current.number != 0) older_[id.index].push_back(owner.current);
    owner.current = meter.id;
  }
}

// ---- holds

void Ledger::save_holds(PackedWriter& out) const {
  const std::vector<HoldId> ids = holds_.in_order();
  out.natural(ids.size());
  for (const HoldId id : ids) {
    const Hold& hold = *holds_.find(id);
    out(hold.id, hold.account, hold.open, hold.by_parts, hold.need, hold.charged, hold.touches,
        hold.opened, hold.deadline, hold.resolved_at);
  }
}

void Ledger::load_holds(PackedReader& in) {
  std::uint64_t next = 0;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    HoldId id;
    in(id);
    if (!in.require(next <= id.number && id.number < UINT64_MAX, "holds are in their order"))
      return;
    next = id.number + 1;
    Hold& hold = holds_.add(id);
    in(hold.account, hold.open, hold.by_parts, hold.need, hold.charged, hold.touches, hold.opened,
       hold.deadline, hold.resolved_at);
    if (!in.require(hold.account.index < accounts.size(), "a hold is at an account")) return;
    if (!hold.open) continue;
    for (const Touch& touch : hold.touches) {
      Meter* touched = meter(touch.meter);
      if (!in.require(touched != nullptr, "an open hold touches open meters")) return;
      ++touched->open_holds;
    }
    ++accounts.at(hold.account).open_holds;
    holds_.schedule(hold, hold.deadline);
  }
  // As in life: only a wall's current meter stays when nothing touches it.
  for (const Meter* each : meters_) {
    if (each == nullptr || each->open_holds > 0) continue;
    const bool current = each->wall != kNoWall && wall(each->wall).current == each->id;
    if (!in.require(current, "a meter that nothing knows")) return;
  }
}

}  // namespace ringfence
