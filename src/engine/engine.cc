// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <algorithm>

#include "engine/step.h"

namespace ringfence {

Engine::Engine() : state_(std::make_unique<EngineState>()) {}
Engine::~Engine() = default;

Result<void> Engine::apply(const Event& event) {
  if (event.seq != state_->last_seq + 1 || event.time < state_->last_time) {
    return fail(ErrorCode::unverifiable, "the record is out of order",
                "event " + std::to_string(event.seq));
  }
  // As in life only between commands.
  if (event.time > state_->last_time) state_->catch_up_forgetting();
  state_->apply(event);
  return {};
}

Result<void> Engine::start(std::shared_ptr<const Policy> file, std::string version,
                           RecordReader reader, Now now, Output& out) {
  state_->reader = std::move(reader);
  now.time = std::max(now.time, state_->last_time);
  state_->seen = now.time;
  // What follows must not name what a later replay has forgotten by then.
  state_->catch_up_forgetting();
  Step step(*state_, now, out);
  return step.take_over(std::move(file), std::move(version));
}

Result<void> Engine::open_for_reading(Time at) {
  const Now now{std::max(at, state_->last_time)};
  state_->seen = now.time;
  Output nobody_waits;
  return Step(*state_, now, nobody_waits).bind_for_reading();
}

void Engine::step(Ticket ticket, Command command, Now now, Output& out) {
  now.time = std::max(now.time, state_->last_time);
  state_->seen = now.time;
  Step step(*state_, now, out);
  step.decide(ticket, command);
}

void Engine::finish(Now now, Output& out) {
  now.time = std::max(now.time, state_->last_time);
  if (state_->refusals_pending) Step(*state_, now, out).flush_refusals();
}

Time Engine::next_tick() const {
  const EngineState& s = *state_;
  Time next = Time::max();
  if (const Hold* first = s.ledger.first_deadline()) next = std::min(next, first->deadline);
  if (!s.leases.empty()) next = std::min(next, s.leases.begin()->first);
  if (!s.raises.empty()) next = std::min(next, s.raises.begin()->first);
  next = std::min(next, s.approvals.next_expiry());
  if (!s.alarms.empty()) next = std::min(next, *s.alarms.begin());
  if (s.refusals_pending) next = std::min(next, s.refusals_flushed + kRefusalFlush);
  return next;
}

std::uint64_t Engine::last_seq() const { return state_->last_seq; }
Time Engine::last_time() const { return state_->last_time; }
const UnitTable& Engine::units() const { return state_->units; }
UnitTable& Engine::units_for_decoding() { return state_->units; }
std::shared_ptr<const Policy> Engine::policy() const { return state_->policy; }
const std::deque<PolicyVersion>& Engine::policy_versions() const { return state_->policy_versions; }

AdoptionPlan Engine::plan_adoption(const Policy& policy, Time now) const {
  Output none;
  const Step step(*state_, Now{std::max(now, state_->last_time), false}, none);
  const FreshWalls fresh = step.fresh_walls(policy);
  return {!fresh.empty(), fresh.since};
}

}  // namespace ringfence
