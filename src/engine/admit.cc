// SPDX-License-Identifier: Apache-2.0
// Step 6 of a decision: one atomic hold on every wall that applies, or a refusal that says which
// wall stands in the way and for how long.
#include <algorithm>

#include "base/checked.h"
#include "base/ensure.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {

void Step::place(Ticket ticket, PlaceHold& request) {
  request.wait = std::min(request.wait, kWaitMax);
  if (auto refusal = check_request(request)) {
    return reply(ticket, record(request, *std::move(refusal)));
  }
  if (auto kept = kept_answer(request)) return reply(ticket, *std::move(kept));
  // What waits is looked at again as it was asked.
  const Amounts stated = request.need;
  const std::optional<OutputBound> output = request.output;
  auto cleared = clear(request);
  if (!cleared) return reply(ticket, record(request, cleared.error()));
  Outlook outlook = look(*cleared, s_.arrivals + 1, request.wait.us > 0);
  outlook = look_past_askable(*cleared, std::move(outlook), s_.arrivals + 1, request.wait.us > 0);
  if (outlook.fits) return reply(ticket, admit_approved(ticket, request, *cleared, outlook));
  if (outlook.may_wait) {
    request.need = stated;
    request.output = output;
    if (enqueue(ticket, request, outlook)) return;
  }
  reply(ticket, record(request, outlook.refusal, outlook.exhausted));
}

// What the request's key is bound to; a credential that is no longer good learns nothing.
std::optional<Reply> Step::kept_answer(const PlaceHold& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  const Run* run = s_.find_run(request.run_id);
  if (check_credential(run)) return std::nullopt;
  constexpr const char* kField = "idempotency_key";
  const auto no = [&](Reason reason, const char* why) {
    return record(request, refuse(reason, why, kField));
  };
  const auto it = run->keys.find(request.idempotency_key);
  if (it == run->keys.end()) {
    if (run->keys.size() < kIdempotencyKeysMax) return std::nullopt;
    return no(Reason::invalid, "this run has used too many idempotency keys");
  }
  const KeptAnswer& kept = it->second;
  if (kept.digest != request.request_digest) {
    return no(Reason::conflict, "this idempotency key belongs to another request");
  }
  if (kept.hold.number == 0) return kept.refusal;
  const Hold* hold = s_.find_hold(kept.hold);
  if (hold == nullptr) {
    return no(Reason::conflict, "this idempotency key's hold is long resolved");
  }
  return allow_reply(*hold, s_.fact_of(*hold), {});
}

namespace {

// Which of two standings decides: the worse one.
bool worse(Standing a, Standing b) { return a > b; }

Reason reason_of(Standing standing) {
  switch (standing) {
    case Standing::throttled: return Reason::throttled;
    case Standing::too_large: return Reason::too_large;
    case Standing::exhausted: return Reason::exhausted;
    default: return Reason::busy;
  }
}

constexpr Duration kBusyRetry = Duration::millis(250);

}  // namespace

// How the demand stands with this output cap, at every wall, arrival order included.
Outlook Step::look_at_cap(const Cleared& cleared, std::int64_t output_cap, std::uint64_t arrival) {
  Outlook outlook;
  outlook.fits = true;
  outlook.output_cap = output_cap;
  Standing worst = Standing::fits;
  for (const Applied& applied : cleared.walls) {
    const Wall& wall = *applied.wall;
    const std::int64_t need = cleared.need_at(applied, output_cap);
    if (need <= 0 || !wall.enforced || applied.excused) continue;
    const Level level = s_.ledger.level(wall, applied.meter);
    Answer answer = stand(wall, applied.meter, level, need, now_.time);
    if (answer.standing == Standing::fits && blocked_by_earlier(wall.id, arrival)) {
      answer.standing = Standing::busy;
    }
    if (answer.standing == Standing::fits) continue;
    if (answer.retry_at > now_.time) outlook.wake_at = std::min(outlook.wake_at, answer.retry_at);
    outlook.fits = false;
    outlook.blocked_at.push_back(wall.id);
    if (answer.standing == Standing::exhausted) outlook.exhausted.push_back(wall.id);
    if (!worse(answer.standing, worst)) continue;
    worst = answer.standing;
    outlook.refusal = refuse(reason_of(worst));
    outlook.refusal.wall = wall_state(wall, applied.meter, need);
    if (worst == Standing::busy) outlook.refusal.retry_after = kBusyRetry;
    if (worst == Standing::throttled) {
      outlook.refusal.retry_after = std::max(kBusyRetry, answer.retry_at - now_.time);
    }
    if (worst == Standing::too_large) {
      outlook.refusal.fits = std::max<std::int64_t>(0, level.final());
    }
  }
  outlook.may_wait = worst == Standing::busy || worst == Standing::throttled;
  return outlook;
}

// The largest output cap whose need is within the room of every enforced wall; -1 when not even the
// rest of the call fits.
std::int64_t Step::clamp_cap(const Cleared& cleared, Room room_of) const {
  const Demand& demand = cleared.demand;
  const std::int64_t wanted = demand.output()->wanted_tokens;
  std::int64_t cap = wanted;
  for (const Applied& applied : cleared.walls) {
    const Wall& wall = *applied.wall;
    const std::int64_t least = demand.at(wall.unit, 0);
    const bool grows = demand.at(wall.unit, wanted) > least;
    if (!wall.enforced || applied.excused || (least <= 0 && !grows)) continue;
    const Level level = s_.ledger.level(wall, applied.meter);
    std::int64_t room = room_of == Room::final ? level.final() : level.free();
    if (room_of == Room::share && grows) {
      const Account* place = s_.ledger.accounts.find(wall.subject);
      const Account& counted = place != nullptr ? *place : s_.ledger.accounts.at(kRootAccount);
      room /= std::clamp<std::int64_t>(counted.live_runs, 1, kClampShareMax);
    }
    cap = std::min(cap, demand.most_output(wall.unit, room));
    if (cap < 0) return -1;
  }
  return cap;
}

Outlook Step::look(const Cleared& cleared, std::uint64_t arrival, bool may_wait) {
  const auto& output = cleared.demand.output();
  const std::int64_t wanted = output ? output->wanted_tokens : 0;
  Outlook full = look_at_cap(cleared, wanted, arrival);
  if (full.fits || !output || !output->clamp) {
    full.may_wait = full.may_wait && may_wait;
    return full;
  }
  // Clamping (4-interfaces, LLM gateway): wait while open holds, earlier waiters or a window about
  // to turn could still give more; then take what is free.
  const std::int64_t least = std::min(output->min_tokens, wanted);
  const std::int64_t free_cap = clamp_cap(cleared, Room::free);
  const std::int64_t final_cap = clamp_cap(cleared, Room::final);
  const bool more_later = full.may_wait || (final_cap > free_cap && final_cap >= least);
  if (more_later && may_wait) {
    full.may_wait = true;
    return full;
  }
  if (free_cap >= least) {
    const std::int64_t cap = std::clamp(clamp_cap(cleared, Room::share), least, free_cap);
    Outlook clamped = look_at_cap(cleared, cap, arrival);
    clamped.clamped = clamped.fits;
    clamped.may_wait = clamped.may_wait && may_wait;
    return clamped;
  }
  Outlook least_look = look_at_cap(cleared, least, arrival);
  least_look.clamped = least_look.fits;
  least_look.may_wait = least_look.may_wait && may_wait;
  if (least_look.refusal.reason == Reason::too_large) {
    // Not even the smallest answer is left: used up, whatever the wall's floor says; but only a
    // wall below its floor has consequences.
    least_look.refusal.reason = Reason::exhausted;
    least_look.refusal.sentence = default_sentence(Reason::exhausted);
    least_look.refusal.fits.reset();
  }
  return least_look;
}

AllowReply Step::admit(Ticket ticket, const PlaceHold& request, Cleared& cleared,
                       const Outlook& outlook) {
  HoldOpened opened;
  opened.need = cleared.demand.amounts_at(outlook.output_cap);
  opened.meters.reserve(cleared.walls.size());
  for (Applied& applied : cleared.walls) {
    const Wall& wall = *applied.wall;
    const std::int64_t need = cleared.need_at(applied, outlook.output_cap);
    // Also where nothing is needed: what turns out to be used is charged there.
    if (applied.meter == nullptr) applied.meter = s_.ledger.meter(open_current(wall));
    opened.meters.emplace_back(applied.meter->id, std::max<std::int64_t>(0, need));
    if (need <= 0) continue;
    const Level level = s_.ledger.level(wall, applied.meter);
    if (wall.enforced) {
      RF_ENSURE(need <= level.free(), "P1: an admission stays within every cap");
    } else if (need > level.free() && opened.would_refuse.size() < kWouldRefuseMax) {
      opened.would_refuse.push_back(std::string(wall.name) + " " + s_.units.name(wall.unit));
    }
  }
  opened.hold = HoldId{s_.last_seq + 1};
  opened.run_id = request.run_id;
  opened.account = cleared.run->fact.account;
  opened.operation = cleared.operation().text();
  opened.further = request.further;
  opened.holder = request.holder;
  opened.physical_max = request.physical_max;
  opened.deadline = now_.time + request.ttl;
  if (request.output) opened.output_cap = outlook.output_cap;
  opened.clamped = outlook.clamped;
  opened.declared = cleared.declared;
  opened.policy = s_.policy_sha256.substr(0, 16);
  opened.decision_id = next_decision_id();
  opened.key = request.idempotency_key;
  opened.approval = cleared.approval;
  opened.digest = request.request_digest;
  const bool looped = std::ranges::any_of(
      cleared.operations, [](const KnownOperation* each) { return !each->loops().empty(); });
  if (looped) opened.args_digest = loop_digest(request.args_digest);
  opened.labels = request.labels;
  const HoldId id = opened.hold;
  emit(std::move(opened));
  const Hold& hold = *s_.ledger.find(id);
  s_.placed_by[ticket] = id;
  s_.fact_of(hold).placed_as = ticket;
  return allow_reply(hold, s_.fact_of(hold), cleared.walls);
}

AllowReply Step::allow_reply(const Hold& hold, const HoldFact& fact,
                             const std::vector<Applied>& walls) const {
  AllowReply allow;
  allow.hold = hold.id;
  allow.held = hold.need;
  if (fact.output_cap >= 0) allow.output_cap = fact.output_cap;
  allow.clamped = fact.clamped;
  allow.expires_at = hold.deadline;
  allow.decision_id = fact.decision_id;
  for (const Applied& applied : walls) {
    const Wall& wall = *applied.wall;
    if (!wall.enforced) continue;
    const std::int64_t left =
        std::max<std::int64_t>(0, s_.ledger.level(wall, applied.meter).free());
    if (!allow.remaining.has(wall.unit) || left < allow.remaining.get(wall.unit)) {
      allow.remaining.set(wall.unit, left);
    }
  }
  allow.alerts = fired_alerts(walls);
  return allow;
}

}  // namespace ringfence
