// SPDX-License-Identifier: Apache-2.0
#include "whatif/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.h"
#include "base/path.h"
#include "base/price.h"
#include "whatif/assume.h"

namespace ringfence {
namespace {

constexpr Ticket kTicket = 1;
constexpr std::int64_t kLeastOutput = 256;  // as the gateway clamps
constexpr std::size_t kRefusalKindsKept = 1'000'000;
constexpr Duration kTtlMax = Duration::seconds(3'600);

Result<void> no_record(std::uint64_t, const std::function<void(const Event&)>&) { return {}; }

std::string kind_of(std::string_view run, std::string_view operation, Reason reason,
                    std::string_view wall_key) {
  return fmt::format("{}\n{}\n{}\n{}", run, operation, to_string(reason), wall_key);
}

}  // namespace

bool beyond_policy(Reason reason) {
  switch (reason) {
    case Reason::unauthenticated:
    case Reason::credential_expired:
    case Reason::credential_revoked:
    case Reason::forbidden:
    case Reason::not_found:
    case Reason::conflict:
    case Reason::unverifiable:
    case Reason::invalid: return true;
    default: return false;
  }
}

std::string cause_of(const Refusal& refusal) {
  if (!refusal.wall) return refusal.sentence;
  const WallState& wall = *refusal.wall;
  return fmt::format("{} {}/{} of {}", wall.name, wall.unit, to_string(wall.window), wall.account);
}

Replay::Replay(std::shared_ptr<const Policy> policy, const UnitTable& units, Refusals refusals)
    : policy_(std::move(policy)), units_(units), refused_requests_(refusals) {}

void Replay::start(Time at) {
  now_ = {at, false};
  if (started_) return;
  started_ = true;
  const auto started = engine_.start(policy_, "whatif", no_record, now_, out_);
  RF_ENSURE(started.has_value(), "an engine without a past takes any policy");
  policy_ = engine_.policy();
}

const Reply& Replay::ask(Command command) {
  out_.clear();
  engine_.step(kTicket, std::move(command), now_, out_);
  return out_.replies.back().second;
}

void Replay::adopt(std::shared_ptr<const Policy> policy, Time at) {
  if (!started_) {
    policy_ = std::move(policy);
    return;
  }
  start(at);
  ask(AdoptPolicy{std::move(policy), "whatif", PolicySource::api, {}, {}});
  policy_ = engine_.policy();
}

// Units that no wall here counts say nothing here.
Amounts Replay::here(const Amounts& there) const {
  Amounts amounts;
  there.for_each([&](Unit unit, std::int64_t amount) {
    if (const auto found = engine_.units().find(units_.name(unit))) amounts.set(*found, amount);
  });
  return amounts;
}

std::optional<Outcome> Replay::feed(const Event& event) {
  start(event.time);
  return std::visit(
      [&](const auto& body) -> std::optional<Outcome> {
        if constexpr (std::is_void_v<decltype(on(body))>) {
          on(body);
          return std::nullopt;
        } else {
          return on(body);
        }
      },
      event.body);
}

// ---- runs

void Replay::on(const RunStarted& e) {
  StartRun start;
  start.run_id = e.run_id;
  start.account = parent_path(e.account);
  start.parent_run = e.parent_run;
  start.actor = e.actor;
  start.ttl = e.hard_end - now_.time;
  for (const auto& [unit, cap] : e.budgets) {
    if (const auto found = engine_.units().find(unit)) start.budgets.push_back({*found, cap});
  }
  start.operations = e.operations;
  start.labels = e.labels;
  start.identity = e.identity;
  start.lease = Lease::none;  // it ended when the record says so
  const Refusal* refusal = std::get_if<Refusal>(&ask(start));
  if (refusal != nullptr && refusal->field == "ttl_seconds") {
    start.ttl.reset();  // this policy's runs are shorter
    refusal = std::get_if<Refusal>(&ask(start));
  }
  if (refusal != nullptr) not_started_[e.run_id] = *refusal;
}

void Replay::on(const RunEnded& e) {
  not_started_.erase(e.run_id);
  ask(EndRun{e.run_id, e.actor, e.reason});
}

// ---- decisions

// The gateway would have lowered the output cap further before it gave up.
void Replay::bound_output(PlaceHold& place, const HoldOpened& e) const {
  if (e.holder != kGatewayHolder || e.output_cap < 0) return;
  OutputBound bound;  // as it was held, and no less
  bound.wanted_tokens = 0;
  bound.min_tokens = 0;
  bound.clamp = false;
  place.output = bound;
  const std::int64_t tokens = place.need.get(kOutputTokens);
  if (e.output_cap == 0 || tokens < e.output_cap || tokens % e.output_cap != 0) return;
  const auto operation = Operation::parse(e.operation);
  const Price* price = operation ? policy_->price(*operation, now_.time) : nullptr;
  const Provider* provider = operation && operation->segments().size() > 1
                                 ? policy_->provider(operation->segments()[1])
                                 : nullptr;
  if (price == nullptr || provider == nullptr || provider->admission != Admission::clamp) return;
  const std::int64_t rate = price->rates.get(Dimension::output);
  const __int128 output = static_cast<__int128>(rate) * tokens;
  const __int128 fixed = static_cast<__int128>(place.need.get(kUsd)) * kPicoPerNano - output;
  const bool fits = fixed >= 0 && fixed <= INT64_MAX && place.need.get(kTokens) >= tokens;
  if (!fits) return;
  bound.wanted_tokens = e.output_cap;
  bound.min_tokens = std::min(kLeastOutput, e.output_cap);
  bound.choices = tokens / e.output_cap;
  bound.output_pico = rate;
  bound.fixed_pico = static_cast<std::int64_t>(fixed);
  bound.clamp = true;
  place.output = bound;
  place.need.clear(kUsd);
  place.need.set(kOutputTokens, 0);
  place.need.set(kTokens, place.need.get(kTokens) - tokens);
}

PlaceHold Replay::request_of(const HoldOpened& e) const {
  PlaceHold place;
  place.run_id = e.run_id;
  place.operation = e.operation;
  place.further = e.further;
  place.holder = e.holder;
  place.need = here(e.need);
  place.physical_max = here(e.physical_max);
  place.ttl = std::clamp(e.deadline - now_.time, Duration{1}, kTtlMax);
  place.args_digest = e.args_digest;
  place.labels = e.labels;
  bound_output(place, e);
  assume_guards_allow(*policy_, place);
  return place;
}

std::optional<Outcome> Replay::on(const HoldOpened& e) {
  Outcome outcome;
  Kept kept;
  kept.holder = e.holder;
  const Reply& reply = ask(request_of(e));
  if (const auto* allow = std::get_if<AllowReply>(&reply)) {
    outcome.allowed = true;
    outcome.allowed_count = 1;
    outcome.clamped = allow->clamped;
    kept.here = allow->hold;
    kept.clamped = allow->clamped;
  } else {
    outcome.refusal = std::get<Refusal>(reply);
    outcome.because = cause_of(*outcome.refusal);
    if (const auto run = not_started_.find(e.run_id); run != not_started_.end()) {
      outcome.refusal = run->second;
      outcome.because = "its run would not have started: " + run->second.sentence;
    }
  }
  holds_[e.hold.number] = std::move(kept);
  return outcome;
}

PlaceHold Replay::request_of(const Refused& e) const {
  PlaceHold place;
  place.run_id = e.run_id;
  place.operation = e.operation;
  place.holder = "run:" + e.run_id;
  place.args_digest = e.args_digest;
  place.need.set(kUsd, 0);
  assume_guards_allow(*policy_, place);
  if (!e.wall) return place;
  const auto unit = engine_.units().find(e.wall->unit);
  if (unit && *unit == kSeconds) {
    place.ttl = std::clamp(Duration::millis(e.wall->need), Duration::millis(1), kTtlMax);
  } else if (unit && *unit != kConcurrent) {
    place.need.set(*unit, std::max<std::int64_t>(0, e.wall->need));
  }
  return place;
}

std::optional<Refusal> Replay::place_refused(const Refused& e, PlaceHold place) {
  const std::string holder = place.holder;
  const Reply& reply = ask(std::move(place));
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    const auto run = not_started_.find(e.run_id);
    return run != not_started_.end() ? run->second : *refusal;
  }
  ResolveHold settle;
  settle.hold = std::get<AllowReply>(reply).hold;
  settle.holder = holder;
  settle.ending = refused_requests_ == Refusals::spend ? Ending::settle : Ending::release;
  ask(std::move(settle));
  return std::nullopt;
}

std::optional<Refusal> Replay::ask_refused(const Refused& e) {
  PlaceHold place = request_of(e);
  if (e.reason != Reason::unpriced && e.reason != Reason::unbounded) {
    return place_refused(e, std::move(place));
  }
  // Whether it has a price and a bound here; then what it would cost is still not known.
  PlaceHold unstated = place;
  unstated.need.clear(kUsd);
  auto refusal = place_refused(e, std::move(unstated));
  const bool same =
      refusal && (refusal->reason == Reason::unpriced || refusal->reason == Reason::unbounded);
  return same || !refusal ? refusal : place_refused(e, std::move(place));
}

std::optional<Outcome> Replay::on(const Refused& e) {
  if (refusals_.size() >= kRefusalKindsKept) refusals_.clear();
  refusals_.insert_or_assign(kind_of(e.run_id, e.operation, e.reason, e.wall_key), e);
  Outcome outcome;
  outcome.refusal = ask_refused(e);
  outcome.allowed = !outcome.refusal;
  outcome.allowed_count = outcome.allowed ? 1 : 0;
  if (outcome.refusal) outcome.because = cause_of(*outcome.refusal);
  return outcome;
}

std::optional<Outcome> Replay::on(const RefusedAgain& e) {
  const auto first = refusals_.find(kind_of(e.run_id, e.operation, e.reason, e.wall_key));
  if (first == refusals_.end()) return std::nullopt;
  Outcome outcome;
  outcome.count = e.count;
  for (; outcome.allowed_count < e.count; ++outcome.allowed_count) {
    outcome.refusal = ask_refused(first->second);
    if (outcome.refusal) break;  // nothing changes between two of them
  }
  outcome.allowed = outcome.allowed_count == e.count;
  if (outcome.refusal) outcome.because = cause_of(*outcome.refusal);
  return outcome;
}

// ---- what became of holds

void Replay::on(const HoldExtended& e) {
  const auto kept = holds_.find(e.hold.number);
  if (kept == holds_.end() || kept->second.here.number == 0 || e.added.empty()) return;
  ExtendHold extend;
  extend.hold = kept->second.here;
  extend.holder = kept->second.holder;
  extend.need = here(e.added);
  extend.need.clear(kSeconds);
  if (e.deadline > now_.time) extend.ttl = std::min(e.deadline - now_.time, kTtlMax);
  ask(std::move(extend));
}

// The engine's own closings: at a deadline, by a halt, after a failed extend, at a restart.
void Replay::close(const Kept& kept, const HoldResolved& e) {
  ask(Tick{});
  const auto hold = engine_.hold(kept.here);
  if (!hold || hold->state != HoldState::open) return;
  ResolveHold resolve;
  resolve.hold = kept.here;
  resolve.holder = kept.holder;
  resolve.ending = e.state == HoldState::released ? Ending::release : Ending::cut;
  ask(std::move(resolve));
}

void Replay::on(const HoldResolved& e) {
  const auto found = holds_.find(e.hold.number);
  if (found == holds_.end()) return;
  const Kept kept = found->second;
  closed_.push_back(e.hold.number);
  forget_old_holds();
  if (kept.here.number == 0) return;
  if (e.actor.empty()) return close(kept, e);
  Amounts actual = here(e.actual);
  if (kept.clamped) {
    const auto hold = engine_.hold(kept.here);
    const Amounts stated = actual;
    stated.for_each([&](Unit unit, std::int64_t amount) {
      if (hold && hold->need.has(unit)) actual.set(unit, std::min(amount, hold->need.get(unit)));
    });
  }
  if (!e.corrected) {
    ResolveHold resolve;
    resolve.hold = kept.here;
    resolve.holder = kept.holder;
    resolve.ending = e.state == HoldState::released ? Ending::release
                     : e.state == HoldState::cut    ? Ending::cut
                                                    : Ending::settle;
    resolve.actual = actual;
    resolve.uncertain = e.uncertain;
    resolve.note = e.note;
    if (!std::holds_alternative<Refusal>(ask(std::move(resolve)))) return;
    actual = here(e.charged);
  }
  ask(CorrectHold{kept.here, actual, e.actor, "as in the record"});
}

void Replay::forget_old_holds() {
  while (closed_.size() > kReplayHoldsMax) {
    holds_.erase(closed_.front());
    closed_.pop_front();
  }
}

// ---- operators

void Replay::on(const MeterOpened& e) { meters_[e.meter.number] = {e.unit, e.window}; }

void Replay::on(const Raised& e) {
  const auto meter = meters_.find(e.meter.number);
  if (meter == meters_.end()) return;
  const auto unit = engine_.units().find(meter->second.unit);
  if (!unit) return;
  RaiseCap raise{e.account, *unit, meter->second.window, e.cap, e.actor, e.reason, {}};
  if (e.until != Time::max()) raise.expires_at = e.until;
  ask(std::move(raise));
}

void Replay::on(const Paused& e) {
  if (e.cause == "operator") ask(PauseAccount{e.account, e.actor, e.reason});
}
void Replay::on(const Resumed& e) {
  // A raise that was asked here too has lifted its own pause.
  if (e.reason != "raised") ask(ResumeAccount{e.account, e.actor, e.reason});
}
void Replay::on(const Halted& e) {
  ask(PlaceHalt{e.halt_id, e.account, e.operation, e.everything, e.actor, e.reason});
}
void Replay::on(const HaltLifted& e) { ask(LiftHalt{e.halt_id, e.actor, e.reason}); }

}  // namespace ringfence
