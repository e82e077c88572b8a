// SPDX-License-Identifier: Apache-2.0
// How a hold ends: settled, overrun, released, expired or cut; and how a charge made without its
// holder's word is corrected by it later (2-semantics, Holds).
#include <algorithm>

#include "base/checked.h"
#include "engine/step.h"

namespace ringfence {
namespace {

// Sets each unit of `into` to the least or most of both; units only `b` has stay out.
template <class Pick>
Amounts pick_each(const Amounts& a, const Amounts& b, Pick pick) {
  Amounts picked;
  a.for_each([&](Unit unit, std::int64_t amount) {
    picked.set(unit, b.has(unit) ? pick(amount, b.get(unit)) : amount);
  });
  return picked;
}

Amounts above(const Amounts& actual, const Amounts& held) {
  Amounts excess;
  actual.for_each([&](Unit unit, std::int64_t amount) {
    if (amount > held.get(unit)) excess.set(unit, amount - held.get(unit));
  });
  return excess;
}

Amounts nothing_of(const Amounts& need) {
  Amounts zero;
  need.for_each([&](Unit unit, std::int64_t) { zero.set(unit, 0); });
  return zero;
}

std::int64_t least(std::int64_t a, std::int64_t b) { return std::min(a, b); }

}  // namespace

void Step::mark_room(const Hold& hold) {
  for (const Touch& touch : hold.touches) {
    const Meter* meter = s_.ledger.meter(touch.meter);
    if (meter != nullptr && meter->wall != kNoWall) s_.dirty.insert(meter->wall);
  }
  const auto placed = s_.placed_as.find(hold.id);
  if (placed == s_.placed_as.end()) return;
  s_.placed_by.erase(placed->second);
  s_.placed_as.erase(placed);
}

// The engine's own closings: at the deadline, by a halt, after a failed extend. All is charged,
// since nobody has said what was used; the holder may still say it.
void Step::close_hold(Hold& hold, HoldState state, Reason reason, std::string note) {
  HoldFact& fact = s_.holds.at(hold.id);
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

Reply Step::on(ResolveHold& c) {
  Hold* hold = s_.ledger.find(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  HoldFact& fact = s_.holds.at(c.hold);
  if (fact.holder != c.holder) {
    return refuse(Reason::forbidden, "Only its holder resolves a hold.", "hold");
  }
  HoldResolved event;
  event.hold = c.hold;
  event.account = s_.ledger.accounts.at(hold->account).path;
  event.operation = fact.operation;
  event.actor = c.holder;
  event.note = c.note;
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
  const Amounts excess = above(stated, held);
  event.charged = stated;
  if (c.ending == Ending::release) {
    event.state = HoldState::released;
  } else if (c.ending == Ending::cut) {
    event.state = HoldState::cut;
    event.charged = pick_each(stated, held, least);
  } else if (excess.empty()) {
    event.state = HoldState::settled;
  } else {
    event.state = HoldState::overrun;
    if (fact.holder == kGatewayHolder) {
      const Amounts plausible = pick_each(stated, fact.physical_max, least);
      event.implausible = plausible != stated;
      event.charged = plausible;
    } else {
      // A run's own word above what was held is charged to nobody above it: its account closes.
      event.claimed = excess;
      event.charged = pick_each(stated, held, least);
    }
  }
  const bool claims = !event.claimed.empty();
  mark_room(*hold);
  emit(std::move(event));
  if (claims) {
    emit(Paused{fact.run->fact.account, "anomaly", {}, {}, "claimed more than was held"});
  }
  check_alerts(*hold);
  return resolve_reply(*hold, fact);
}

Reply Step::on(CorrectHold& c) {
  Hold* hold = s_.ledger.find(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  if (hold->open) return refuse(Reason::conflict, "The hold is still open; settle it.", "hold");
  HoldFact& fact = s_.holds.at(c.hold);
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
  mark_room(*hold);
  emit(std::move(event));
  check_alerts(*hold);
  return resolve_reply(*hold, fact);
}

// Extends never wait and go before all waiters; one that does not fit cuts the hold.
Reply Step::on(ExtendHold& c) {
  Hold* hold = s_.ledger.find(c.hold);
  if (hold == nullptr) return refuse(Reason::not_found, "There is no such hold.", "hold");
  HoldFact& fact = s_.holds.at(c.hold);
  if (fact.holder != c.holder) {
    return refuse(Reason::forbidden, "Only its holder extends a hold.", "hold");
  }
  if (!hold->open) return refuse(Reason::conflict, "The hold is resolved.", "hold");
  if (auto refusal = check_credential(fact.run)) return *refusal;
  const auto operation = Operation::parse(fact.operation);
  if (auto refusal = check_stops(*fact.run, *operation)) return *refusal;
  Time deadline = hold->deadline;
  if (c.ttl) {
    if (*c.ttl > kHoldTtlMax || c.ttl->us <= 0) {
      return refuse(Reason::invalid, "expected 1 to 3600 seconds", "ttl_seconds");
    }
    deadline = std::max(deadline, now_.time + *c.ttl);
  }
  Amounts added = c.need;
  if (added.has(kInputTokens) || added.has(kOutputTokens)) {
    added.raise_to(kTokens, saturating_add(added.get(kInputTokens), added.get(kOutputTokens)));
  }
  added.set(kSeconds, (deadline - hold->deadline).us / 1'000);

  Cleared cleared;
  cleared.run = fact.run;
  cleared.walls = walls_for(*fact.run, *operation);
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
  for (const Applied& applied : cleared.walls) {
    const std::int64_t need = added.get(s_.ledger.wall(applied.wall).unit);
    if (need > 0) event.meters.emplace_back(open_current(applied.wall), need);
  }
  emit(std::move(event));
  return allow_reply(*hold, fact, cleared.walls);
}

}  // namespace ringfence
