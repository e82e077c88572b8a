// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/checked.h"
#include "base/ensure.h"
#include "base/path.h"
#include "engine/state.h"

namespace ringfence {
namespace {

void add_all(Amounts& into, const Amounts& more, int sign) {
  more.for_each([&](Unit unit, std::int64_t amount) {
    into.set(unit, saturating_add(into.get(unit), sign * amount));
  });
}

}  // namespace

void EngineState::apply(const Event& event) {
  RF_ENSURE(event.seq == last_seq + 1, "events are numbered without gaps");
  RF_ENSURE(event.time >= last_time, "event times never step back");
  last_seq = event.seq;
  last_time = event.time;
  std::visit([&](const auto& body) { on(body, event); }, event.body);
}

void EngineState::on(const Started&, const Event& event) {
  boot_seq = event.seq;
  boot_time = event.time;
  decisions = 0;
}

void EngineState::on(const PolicyAdopted& e, const Event& event) {
  policy_sha256 = e.sha256;
  policy_document = policy_parts.document_of(e);
  if (e.source == PolicySource::file) policy_file_sha256 = e.sha256;
  ++policy_version;
  policy_versions.push_back({policy_version, event.seq, event.time, e.sha256, e.actor, e.source});
  if (policy_versions.size() > kPolicyVersionsMax) policy_versions.pop_front();
}

void EngineState::on(const PolicyText& e, const Event&) { policy_parts.add(e); }

void EngineState::on(const AccountOpened& e, const Event&) {
  const Account& account = ledger.accounts.open(e.path);
  RF_ENSURE(account.id == e.id, "accounts are numbered in the order of their events");
}

void EngineState::on(const MeterOpened& e, const Event& event) {
  const auto unit = units.intern(e.unit);
  RF_ENSURE(unit.has_value(), "a meter counts a known unit");
  const WallKey key{e.wall, e.subject, *unit, e.window};
  Wall* wall = ledger.find_wall(key);
  if (wall == nullptr) {
    wall = &ledger.add_wall(key);
    note_run_wall(*wall);
  }
  Meter& meter = ledger.open_meter(e.meter, wall->id, e.span);
  meter.settle(e.settled, event.time);
  take_in(e.holds, e.held_each, meter);
}

void EngineState::on(const MeterHolds& e, const Event&) {
  Meter* meter = ledger.meter(e.meter);
  RF_ENSURE(meter != nullptr, "an open meter takes in more holds");
  take_in(e.holds, e.held_each, *meter);
}

void EngineState::take_in(const std::vector<HoldId>& holds,
                          const std::vector<std::int64_t>& held_each, Meter& meter) {
  for (std::size_t i = 0; i < holds.size(); ++i) {
    Hold* hold = ledger.find(holds[i]);
    RF_ENSURE(hold != nullptr && i < held_each.size(), "a new meter takes in open holds");
    ledger.attach(*hold, meter, held_each[i]);
  }
}

void EngineState::on(const MeterClosed& e, const Event&) {
  const Meter* meter = ledger.meter(e.meter);
  if (meter == nullptr || meter->wall == kNoWall) return;  // went with its run, in early records
  ledger.drop_wall(meter->wall);
}

void EngineState::on(const RunStarted& e, const Event& event) {
  Account* account = ledger.accounts.find(e.account);
  RF_ENSURE(account != nullptr && !runs.contains(e.run_id), "a run starts once, on its account");
  for (const auto& [unit, cap] : e.budgets) {
    RF_ENSURE(units.intern(unit).has_value(), "a run's budget is in a known unit");
  }
  auto run = std::make_unique<Run>();
  run->fact = e;
  run->account = account->id;
  run->started = event.time;
  run->lease_until = e.lease_until;
  account->is_run = true;
  seat(std::move(run));
}

void EngineState::seat(std::unique_ptr<Run> run) {
  for (const std::string& written : run->fact.operations) {
    // A pattern that a later version no longer reads matches nothing: it can only narrow.
    if (auto pattern = Pattern::parse(written, PatternUse::match)) {
      run->operations.push_back(*std::move(pattern));
    }
  }
  const std::size_t index = run->account.index;
  if (runs_by_account.size() <= index) runs_by_account.resize(index + 1);
  runs_by_account[index] = run.get();
  runs.emplace(run->fact.run_id, std::move(run));
}

void EngineState::on(const RunRenewed& e, const Event&) {
  find_run(e.run_id)->lease_until = e.lease_until;
}

void EngineState::on(const RunEnded& e, const Event& event) {
  Run& run = *find_run(e.run_id);
  run.ended = true;
  run.revoked = e.revoked;
  run.ended_reason = e.reason;
  run.ended_at = event.time;
  ended.emplace_back(event.time, e.run_id);
}

void EngineState::on(const HoldOpened& e, const Event& event) {
  Run* run = find_run(e.run_id);
  RF_ENSURE(run != nullptr, "a hold belongs to a run");
  Hold& hold = ledger.open(e.hold, run->account, e.need, e.meters, event.time, e.deadline);
  hold.by_parts = !e.further.empty();
  HoldFact& fact = fresh_fact(hold, run);
  ++run->known_holds;
  fact.operation = e.operation;
  fact.further = e.further;
  fact.holder = e.holder;
  fact.physical_max = e.physical_max;
  fact.output_cap = e.output_cap;
  fact.clamped = e.clamped;
  fact.decision_id = e.decision_id;
  fact.approval = e.approval;
  if (!e.approval.empty()) approvals.use(e.approval, event.time);
  up_runs(run->account, [&](Run& above) {
    ++above.holds;
    add_all(above.held, e.need, 1);
  });
  if (!e.key.empty()) run->keys[e.key] = {e.digest, e.hold, {}};
  if (e.args_digest != Digest{}) {
    run->loops.add(loop_key(e.operation, e.args_digest), LoopCounts::What::allowed, event.time, 1);
    for (const std::string& text : e.further) {
      run->loops.add(loop_key(text, e.args_digest), LoopCounts::What::allowed, event.time, 1);
    }
  }
}

void EngineState::on(const HoldExtended& e, const Event&) {
  Hold* hold = find_hold(e.hold);
  RF_ENSURE(hold != nullptr, "an extension is of a known hold");
  fact_of(*hold).changed = true;
  ledger.extend(*hold, e.added, e.meters, e.deadline);
  up_runs(hold->account, [&](Run& above) { add_all(above.held, e.added, 1); });
}

void EngineState::on(const HoldResolved& e, const Event& event) {
  Hold* hold = find_hold(e.hold);
  RF_ENSURE(hold != nullptr, "a resolution is of a known hold");
  const bool closing = hold->open;
  const Amounts before = hold->charged;
  ledger.resolve(*hold, e.charged, event.time);
  HoldFact& fact = fact_of(*hold);
  fact.changed = true;
  fact.state = e.state;
  fact.claimed = e.claimed;
  fact.late = e.late;
  fact.uncertain = e.uncertain;
  fact.implausible = e.implausible;
  if (!e.actor.empty() && e.actor == fact.holder) {
    fact.by_holder = true;
    fact.stated = e.actual;
  }
  up_runs(hold->account, [&](Run& above) {
    if (closing) add_all(above.held, hold->need, -1);
    if (!closing) add_all(above.settled, before, -1);
    add_all(above.settled, e.charged, 1);
  });
  if (closing) to_freeze.push_back(e.hold);
  for (const std::string& key : e.objects) objects.add(key, agent_of(hold->account));
}

void EngineState::on(const Refused& e, const Event& event) {
  Run* run = find_run(e.run_id);
  if (run == nullptr) return;  // refused for want of a run
  ++run->refusals;
  if (e.args_digest != Digest{} && may_loop(e.reason)) {
    run->loops.add(loop_key(e.operation, e.args_digest), LoopCounts::What::refused, event.time, 1);
  }
  if (e.key.empty()) return;
  KeptAnswer kept;
  kept.digest = e.digest;
  kept.refusal.reason = e.reason;
  kept.refusal.sentence = e.sentence;
  kept.refusal.wall = e.wall;
  kept.refusal.downgrade = e.downgrade;
  if (!e.approval.empty()) kept.refusal.approval = approvals.note(e.approval, event.time);
  if (e.reason == Reason::too_large && e.wall) {
    kept.refusal.fits = std::max<std::int64_t>(0, saturating_add(e.wall->cap, -e.wall->settled));
  }
  kept.refusal.decision_id = e.decision_id;
  run->keys[e.key] = std::move(kept);
}

void EngineState::on(const RefusedAgain& e, const Event& event) {
  Run* run = find_run(e.run_id);
  if (run == nullptr) return;
  run->refusals += e.count;
  if (e.args_digest != Digest{} && may_loop(e.reason)) {
    run->loops.add_told(loop_key(e.operation, e.args_digest), event.time, e.count);
  }
}

void EngineState::on(const AlertFired& e, const Event&) {
  if (Meter* meter = ledger.meter(e.meter)) meter->rare().alerts_fired.push_back(e.threshold);
}

void EngineState::on(const Paused& e, const Event&) {
  ledger.accounts.pause(*ledger.accounts.find(e.account), {e.cause, e.wall_key, e.reason});
}

void EngineState::on(const Resumed& e, const Event&) {
  ledger.accounts.lift(*ledger.accounts.find(e.account), e.cause, e.wall_key);
}

void EngineState::on(const Raised& e, const Event&) {
  Meter* meter = ledger.meter(e.meter);
  RF_ENSURE(meter != nullptr, "a raise is of an open meter");
  MeterExtras& raise = meter->rare();
  raises.erase({raise.raised_until, e.meter});
  raise.raised_cap = e.cap;
  raise.raised_until = e.until;
  raises.emplace(e.until, e.meter);
}

void EngineState::on(const RaiseEnded& e, const Event&) {
  Meter* meter = ledger.meter(e.meter);
  if (meter == nullptr) return;
  MeterExtras& raise = meter->rare();
  raises.erase({raise.raised_until, e.meter});
  raise.raised_cap.reset();
  raise.raised_until = Time::max();
}

void EngineState::on(const Halted& e, const Event& event) {
  halts[e.halt_id] = halt_of(e, event.time);
}

Halt EngineState::halt_of(Halted fact, Time placed) {
  Halt halt{.fact = std::move(fact), .placed = placed, .pattern = {}};
  if (!halt.fact.operation.empty()) {
    // Unreadable by a later version: the halt then covers every operation in its scope.
    if (auto pattern = Pattern::parse(halt.fact.operation, PatternUse::prefix)) {
      halt.pattern = *std::move(pattern);
    }
  }
  return halt;
}

void EngineState::on(const HaltLifted& e, const Event&) { halts.erase(e.halt_id); }
void EngineState::on(const CapUnproven& e, const Event&) { cap_unproven.insert(e.operation); }
void EngineState::on(const ClockStopped&, const Event&) { clock_stopped = true; }
void EngineState::on(const ClockConfirmed&, const Event&) { clock_stopped = false; }

void EngineState::on(const ApprovalRequested& e, const Event& event) {
  approvals.add(e, event.seq, event.time);
}
void EngineState::on(const ApprovalGiven& e, const Event& event) { approvals.give(e, event.time); }
void EngineState::on(const ApprovalRefused& e, const Event& event) {
  approvals.refuse(e, event.time);
}

// ---- lookups

Run* EngineState::find_run(const std::string& id) {
  const auto it = runs.find(id);
  return it == runs.end() ? nullptr : it->second.get();
}

const Run* EngineState::find_run(const std::string& id) const {
  const auto it = runs.find(id);
  return it == runs.end() ? nullptr : it->second.get();
}

std::string_view EngineState::agent_of(AccountId account) {
  const Run* first = nullptr;
  up_runs(account, [&](const Run& run) { first = &run; });
  return first == nullptr ? std::string_view() : parent_path(first->fact.account);
}

void EngineState::note_run_wall(const Wall& wall) {
  if (wall.window.kind != WindowKind::run && wall.name != kBudgetWall) return;
  const Account* account = ledger.accounts.find(wall.subject);
  Run* run = account == nullptr ? nullptr : run_at(account->id);
  if (run == nullptr) return;
  run->own_walls.insert({wall.name, wall.unit.index, wall.window.kind, wall.window.span});
}

// ---- holds

HoldFact& EngineState::fresh_fact(const Hold& hold, Run* run) {
  while (facts.size() <= hold.slot) facts.emplace_back();
  HoldFact& fact = facts[hold.slot];
  fact.begin(run);
  return fact;
}

Hold* EngineState::find_hold(HoldId id) {
  if (Hold* hold = ledger.find(id)) return hold;
  if (!frozen.contains(id)) return nullptr;
  Hold& hold = ledger.recall(id);
  HoldFact& fact = fresh_fact(hold, nullptr);
  frozen.read(id, hold, fact);
  fact.run = run_at(hold.account);
  to_freeze.push_back(id);
  return &hold;
}

// ---- forgetting

void EngineState::put_away_holds(Time now, std::size_t resolved_max) {
  for (const HoldId id : to_freeze) {
    const Hold& hold = *ledger.find(id);
    if (fact_of(hold).changed) {
      if (frozen.contains(id)) {
        frozen.drop(id);
        frozen_until = {};  // the next one may be of any age
      }
      frozen.add(hold, fact_of(hold));
    }
    ledger.forget(id);
  }
  to_freeze.clear();
  if (frozen.size() <= resolved_max && now < frozen_until) return;
  frozen_until = now;
  while (const auto oldest = frozen.oldest()) {
    frozen_until = oldest->resolved_at + kKeepResolved;
    if (now <= frozen_until && frozen.size() <= resolved_max) break;
    --run_at(oldest->account)->known_holds;
    frozen.forget_oldest();
  }
}

void EngineState::forget_ended_runs(Time now) {
  for (std::size_t left = ended.size(); left > 0; --left) {
    if (now - ended.front().first <= kKeepResolved) break;
    const Run* run = find_run(ended.front().second);
    // Its holds go first, and so do the runs below: their holds may count at its walls. Records of
    // old have runs that ended before those below them.
    if (run != nullptr && run->known_holds > 0) break;
    auto [time, id] = std::move(ended.front());
    ended.pop_front();
    if (run != nullptr && has_run_below(run->account)) {
      ended.emplace_back(time, std::move(id));
    } else {
      forget_run(id);
    }
  }
}

// Never more than life has by then: the events of one command, which may name a hold of any age,
// have one time.
void EngineState::catch_up_forgetting() {
  constexpr std::size_t kEventsPerCommand = 10'000;  // hardly ever more
  put_away_holds(last_time, kResolvedHoldsMax + kEventsPerCommand);
  forget_ended_runs(last_time);
  approvals.forget(last_time);
}

bool EngineState::has_run_below(AccountId account) {
  const std::vector<AccountId> children = ledger.accounts.children(ledger.accounts.at(account));
  return std::ranges::any_of(children, [this](AccountId id) { return run_at(id) != nullptr; });
}

void EngineState::forget_run(const std::string& id) {
  const auto it = runs.find(id);
  if (it == runs.end()) return;
  Account& account = ledger.accounts.at(it->second->account);
  for (const WallId wall : account.budgets) ledger.drop_wall(wall);
  account.budgets.clear();
  for (const auto& [name, unit, kind, span] : it->second->own_walls) {
    const Wall* wall = ledger.find_wall({name, account.path, Unit{unit}, Window{kind, span}});
    if (wall != nullptr) ledger.drop_wall(wall->id);
  }
  runs_by_account[account.id.index] = nullptr;
  runs.erase(it);
}

}  // namespace ringfence
