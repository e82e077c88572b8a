// SPDX-License-Identifier: Apache-2.0
// How a hold ends: settled, overrun, released, expired or cut; and how a charge made without its
// holder's word is corrected by it later (2-semantics, Holds).
#include <algorithm>

#include "base/checked.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {
namespace {

Amounts nothing_of(const Amounts& need) {
  Amounts zero;
  need.for_each([&](Unit unit, std::int64_t) { zero.set(unit, 0); });
  return zero;
}

}  // namespace

// What is above what was held. A unit that was not held and that no wall counts is only recorded.
Amounts Step::excess_of(const Amounts& actual, const Hold& hold) const {
  Amounts excess;
  actual.for_each([&](Unit unit, std::int64_t amount) {
    const bool counted =
        hold.need.has(unit) ||
        std::any_of(hold.touches.begin(), hold.touches.end(), [&](const Touch& touch) {
          const Meter* meter = s_.ledger.meter(touch.meter);
          return meter != nullptr && meter->wall != kNoWall &&
                 s_.ledger.wall(meter->wall).unit == unit;
        });
    if (counted && amount > hold.need.get(unit)) excess.set(unit, amount - hold.need.get(unit));
  });
  return excess;
}

void Step::mark_room(const Hold& hold) {
  if (!s_.waiters.empty()) {
    for (const Touch& touch : hold.touches) {
      const Meter* meter = s_.ledger.meter(touch.meter);
      if (meter != nullptr && meter->wall != kNoWall) s_.dirty.insert(meter->wall);
    }
  }
  HoldFact& fact = s_.fact_of(hold);
  if (fact.placed_as == 0) return;
  s_.placed_by.erase(fact.placed_as);
  fact.placed_as = 0;
}

// The engine's own closings: at the deadline, by a halt, after a failed extend. All is charged,
// since nobody has said what was used; the holder may still say it.
void Step::close_hold(Hold& hold, HoldState state, Reason reason, std::string note) {
  HoldFact& fact = s_.fact_of(hold);
  HoldResolved event;
  event.hold = hold.id;
  event.state = state;
  event.account = s_.ledger.accounts.at(hold.account).path;
  event.operation = fact.operation;
  event.charged =
      state == HoldState::released ? nothing_of(hold.need) : complete_actual(hold, fact, Amounts{});
  event.note = std::move(note);
  mark_room(hold);
  emit(std::move(event));
  if (state != HoldState::released) {
    out_.notices.emplace_back(HoldClosed{hold.id, state, reason});
  }
  check_alerts(hold);
}

ResolveReply Step::resolve_reply(const Hold& hold, const HoldFact& fact) const {
  ResolveReply r;
  r.hold = hold.id;
  r.state = fact.state;
  r.charged = hold.charged;
  r.held = hold.need;
  r.late = fact.late;
  r.uncertain = fact.uncertain;
  r.implausible = fact.implausible;
  r.claimed = fact.claimed;
  return r;
}

// The meter in which a wall counts a hold, the newest of that window; none where the window passed
// with nothing open in it.
std::optional<MeterId> Step::home_of(const Hold& hold, const Wall& wall) {
  const Span now = window_at(wall.window, now_.time, s_.policy->zone());
  if (now.contains(hold.opened)) return open_current(wall);
  std::optional<MeterId> home;
  for (const MeterId past : s_.ledger.older_meters(wall.id)) {
    const Meter* meter = s_.ledger.meter(past);
    if (meter != nullptr && meter->span.contains(hold.opened)) home = past;
  }
  const Meter* current = s_.ledger.meter(wall.current);
  if (current != nullptr && current->span.contains(hold.opened)) home = wall.current;
  return home;
}

// Where a wall counts some of a hold's operations, its share of the need; as seeding has counted
// it.
std::int64_t Step::share_of(const Hold& hold, const Applied& applied,
                            std::span<const KnownOperation* const> operations) {
  if (!hold.by_parts) return 0;
  std::int64_t elsewhere = 0;
  for (std::size_t i = 0; i < operations.size() && applied.wall->unit == kCalls; ++i) {
    if ((applied.parts >> i & 1) == 0) ++elsewhere;
  }
  return std::max<std::int64_t>(0, hold.need.get(applied.wall->unit) - elsewhere);
}

// A wall that policy brought after a hold was resolved has counted its charge; what corrects the
// charge must reach that wall too.
void Step::join_younger_walls(const Hold& hold, const HoldFact& fact) {
  const auto operations = known(fact);
  if (operations.empty()) return;
  HoldExtended event;
  event.hold = hold.id;
  event.deadline = hold.deadline;
  for (const Applied& applied : walls_for(*fact.run, operations)) {
    const auto home = home_of(hold, *applied.wall);
    const bool touched =
        std::any_of(hold.touches.begin(), hold.touches.end(),
                    [&](const Touch& touch) { return home && touch.meter == *home; });
    if (!home || touched) continue;
    event.meters.emplace_back(*home, share_of(hold, applied, operations));
    if (event.meters.size() < kHoldWallsMax) continue;
    emit(event);
    event.meters.clear();
  }
  if (!event.meters.empty()) emit(std::move(event));
}

Reply Step::on(ResolveHold& c) {
  Hold* hold = s_.find_hold(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  HoldFact& fact = s_.fact_of(*hold);
  if (fact.holder != c.holder) {
    return refuse(Reason::forbidden, "Only its holder resolves a hold.", "hold");
  }
  if (auto refusal = check_amounts(c.actual, "actual")) return *refusal;
  HoldResolved event;
  event.hold = c.hold;
  event.account = s_.ledger.accounts.at(hold->account).path;
  event.operation = fact.operation;
  event.actor = c.holder;
  event.note = c.note;
  event.objects = c.objects;
  event.uncertain = c.uncertain;
  event.late = !hold->open;
  const Amounts stated =
      c.ending == Ending::release ? nothing_of(hold->need) : complete_actual(*hold, fact, c.actual);
  event.actual = stated;
  event.actual.clear(kSeconds);  // measured here, not stated: no part of what is compared
  if (fact.by_holder) {
    if (event.actual == fact.stated) return resolve_reply(*hold, fact);
    return refuse(Reason::conflict, "This hold is settled with other content.", "actual");
  }

  const Amounts& held = hold->need;
  const Amounts excess = excess_of(stated, *hold);
  event.charged = stated;
  if (c.ending == Ending::release) {
    event.state = HoldState::released;
  } else if (c.ending == Ending::cut) {
    event.state = HoldState::cut;
    stated.for_each([&](Unit unit, std::int64_t amount) {
      event.charged.set(unit, std::min(amount, held.get(unit)));
    });
  } else if (excess.empty()) {
    event.state = HoldState::settled;
  } else {
    event.state = HoldState::overrun;
    if (fact.holder == kGatewayHolder) {
      excess.for_each([&](Unit unit, std::int64_t) {
        if (!fact.physical_max.has(unit)) return;
        const std::int64_t most = std::max(held.get(unit), fact.physical_max.get(unit));
        event.charged.set(unit, std::min(stated.get(unit), most));
      });
      event.implausible = event.charged != stated;
    } else {
      // A run's own word above what was held is charged to nobody above it: its account closes.
      event.claimed = excess;
      excess.for_each([&](Unit unit, std::int64_t) { event.charged.set(unit, held.get(unit)); });
    }
  }
  const bool claims = !event.claimed.empty();
  if (!hold->open) join_younger_walls(*hold, fact);
  mark_room(*hold);
  emit(std::move(event));
  if (claims) pause(fact.run->fact.account, "anomaly", {}, "claimed more than was held");
  check_alerts(*hold);
  return resolve_reply(*hold, fact);
}

Reply Step::on(CorrectHold& c) {
  Hold* hold = s_.find_hold(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  if (hold->open) return refuse(Reason::conflict, "The hold is still open; settle it.", "hold");
  if (auto refusal = check_amounts(c.actual, "actual")) return *refusal;
  HoldFact& fact = s_.fact_of(*hold);
  HoldResolved event;
  event.hold = c.hold;
  event.state = fact.state;
  event.account = s_.ledger.accounts.at(hold->account).path;
  event.operation = fact.operation;
  event.charged = hold->charged;
  c.actual.for_each([&](Unit unit, std::int64_t amount) { event.charged.set(unit, amount); });
  event.actual = c.actual;
  event.corrected = true;
  event.actor = c.actor;
  event.note = c.reason;
  join_younger_walls(*hold, fact);
  mark_room(*hold);
  emit(std::move(event));
  check_alerts(*hold);
  return resolve_reply(*hold, fact);
}

// A hold stays in the windows in which it was opened, also with what is added to it. A wall that is
// younger than its window has no part in it.
void Step::keep_own_meters(const Hold& hold, std::vector<Applied>& walls) {
  std::erase_if(walls, [&](Applied& applied) {
    // The newest first: a wall that went and came back has counted the hold again.
    for (auto touch = hold.touches.rbegin(); touch != hold.touches.rend(); ++touch) {
      Meter* meter = s_.ledger.meter(touch->meter);
      if (meter == nullptr || meter->wall != applied.wall->id) continue;
      applied.meter = meter;
      return false;
    }
    const Wall& wall = *applied.wall;
    return wall.window.calendar() &&
           !window_at(wall.window, now_.time, s_.policy->zone()).contains(hold.opened);
  });
}

// Extends never wait and go before all waiters; one that does not fit cuts the hold.
Reply Step::on(ExtendHold& c) {
  Hold* hold = s_.find_hold(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  HoldFact& fact = s_.fact_of(*hold);
  if (fact.holder != c.holder) {
    return refuse(Reason::forbidden, "Only its holder extends a hold.", "hold");
  }
  if (!hold->open) return refuse(Reason::conflict, "The hold is resolved.", "hold");
  if (auto refusal = check_amounts(c.need, "need")) return *refusal;
  if (auto refusal = check_credential(fact.run)) return *refusal;
  if (s_.clock_stopped) return refuse(Reason::unverifiable);
  const auto operations = known(fact);
  if (operations.empty()) return refuse(Reason::denied, "This operation is not read any more.");
  for (const KnownOperation* operation : operations) {
    if (auto refusal = check_stops(*fact.run, *operation)) return *refusal;
  }
  Time deadline = hold->deadline;
  if (c.ttl) {
    if (*c.ttl > kHoldTtlMax || c.ttl->us <= 0) {
      return refuse(Reason::invalid, "expected 1 to 3600 seconds", "ttl_seconds");
    }
    deadline = std::max(deadline, now_.time + *c.ttl);
  }
  Amounts added = c.need;
  if (auto refusal = complete_added(added, fact, *operations.front())) return *refusal;
  added.set(kSeconds, ((deadline - hold->deadline).us + 999) / 1'000);
  if (auto refusal = check_extension(*hold, fact, added)) return *refusal;

  Cleared cleared;
  cleared.run = fact.run;
  cleared.walls = walls_for(*fact.run, operations);
  if (auto refusal = check_walls(cleared)) return *refusal;
  keep_own_meters(*hold, cleared.walls);
  cleared.demand = Demand(added, std::nullopt);
  const Outlook outlook = look_at_cap(cleared, 0, 0);
  if (!outlook.fits) {
    close_hold(*hold, HoldState::cut, outlook.refusal.reason, "extend");
    Refusal refusal = outlook.refusal;
    refusal.decision_id = next_decision_id();
    return refusal;
  }
  HoldExtended event;
  event.hold = c.hold;
  event.added = added;
  event.deadline = deadline;
  for (Applied& applied : cleared.walls) {
    const std::int64_t need = added.get(applied.wall->unit);
    if (need <= 0) continue;
    if (applied.meter == nullptr) applied.meter = s_.ledger.meter(open_current(*applied.wall));
    event.meters.emplace_back(applied.meter->id, need);
  }
  emit(std::move(event));
  return allow_reply(*hold, fact, cleared.walls);
}

}  // namespace ringfence
