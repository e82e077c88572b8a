// SPDX-License-Identifier: Apache-2.0
// Views: copies of the state for people to read.
#include <algorithm>
#include <ranges>

#include "base/ensure.h"
#include "base/path.h"
#include "engine/engine.h"
#include "engine/step.h"

namespace ringfence {
namespace {

constexpr std::size_t kOpenHoldsLookMax = 10'000;  // in one look: decisions wait for it

MeterView view_now(EngineState& s, const Wall& wall, Time now) {
  return view_of_wall(s, wall, s.ledger.current(wall, now), now);
}

bool halted(const EngineState& s, std::string_view path) {
  return std::any_of(s.halts.begin(), s.halts.end(), [&](const auto& entry) {
    const Halted& halt = entry.second.fact;
    return halt.everything || (halt.operation.empty() && path_within(path, halt.account));
  });
}

AccountView view_of(EngineState& s, const Account& account, Time now) {
  AccountView view;
  view.path = account.path;
  if (const auto role = s.bound_accounts[account.id.index].role) {
    view.role = s.policy->role_name(*role);
  }
  view.is_run = account.is_run;
  view.halted = halted(s, account.path);
  view.open_holds = account.open_holds;
  for (const Pause& pause : s.ledger.accounts.pauses(account.id)) {
    view.pauses.push_back({pause.cause, pause.wall, pause.reason});
  }
  view.open = view.pauses.empty();
  for (const WallId wall : account.budgets) {
    view.meters.push_back(view_now(s, s.ledger.wall(wall), now));
  }
  for (const AccountId child : s.ledger.accounts.children(account)) {
    view.children.emplace_back(s.ledger.accounts.at(child).path);
  }
  return view;
}

RunView view_of(const EngineState& s, const Run& run) {
  RunView view;
  view.run_id = run.fact.run_id;
  view.account = run.fact.account;
  view.parent_run = run.fact.parent_run;
  view.actor = run.fact.actor;
  view.started = run.started;
  view.hard_end = run.fact.hard_end;
  view.lease_until = run.lease_until;
  view.live = s.live(run, s.seen);
  view.revoked = run.revoked;
  view.ended_reason = run.ended_reason;
  view.identity = run.fact.identity;
  view.labels = run.fact.labels;
  view.holds = run.holds;
  view.refusals = run.refusals;
  for (const auto& [key, kind] : s.refusal_kinds) {
    if (kind.run_id == run.fact.run_id) view.refusals += kind.repeats;
  }
  view.settled = run.settled;
  view.held = run.held;
  return view;
}

HoldView view_of(const EngineState& s, const Hold& hold) {
  const HoldFact& fact = s.fact_of(hold);
  return HoldView{hold.id,
                  fact.run->fact.run_id,
                  fact.run->fact.account,
                  fact.operation,
                  fact.holder,
                  fact.state,
                  hold.need,
                  hold.charged,
                  hold.opened,
                  hold.deadline,
                  hold.live};
}

}  // namespace

MeterView view_of_wall(const EngineState& s, const Wall& wall, const Meter* meter, Time now) {
  const Level level = s.ledger.level(wall, meter);
  MeterView view;
  view.wall = wall.name;
  view.subject = wall.subject;
  view.unit = wall.unit;
  view.unit_name = s.units.name(wall.unit);
  view.window = wall.window;
  view.cap = level.cap;
  view.policy_cap = wall.cap;
  view.settled = level.settled;
  view.held = level.held;
  view.observe_only = !wall.enforced;
  if (wall.window.calendar()) {
    view.resets_at = window_at(wall.window, now, s.policy->zone()).end;
  }
  if (meter != nullptr && meter->raised_cap()) view.raised_until = meter->rare().raised_until;
  const auto queue = s.queues.find(wall.id.index);
  view.waiters = queue == s.queues.end() ? 0 : queue->second.size();
  return view;
}

std::optional<AccountView> Engine::account(std::string_view path, Time now) const {
  const Account* account = state_->ledger.accounts.find(path);
  if (account == nullptr) return std::nullopt;
  return view_of(*state_, *account, std::max(now, state_->last_time));
}

std::vector<AccountView> Engine::accounts_under(std::string_view path, Time now,
                                                std::size_t max) const {
  std::vector<AccountView> views;
  const Account* top = state_->ledger.accounts.find(path);
  std::vector<const Account*> pending;
  if (top != nullptr) pending.push_back(top);
  while (!pending.empty() && views.size() < max) {
    const Account* account = pending.back();
    pending.pop_back();
    views.push_back(view_of(*state_, *account, std::max(now, state_->last_time)));
    for (const AccountId child : state_->ledger.accounts.children(*account) | std::views::reverse) {
      pending.push_back(&state_->ledger.accounts.at(child));
    }
  }
  return views;
}

std::optional<RunView> Engine::run(std::string_view run_id) const {
  const Run* run = state_->find_run(std::string(run_id));
  if (run == nullptr) return std::nullopt;
  return view_of(*state_, *run);
}

std::vector<RunView> Engine::live_runs(std::size_t max) const {
  std::vector<RunView> views;
  for (const auto& [id, run] : state_->runs) {
    if (views.size() == max) break;
    if (state_->live(*run, state_->seen)) views.push_back(view_of(*state_, *run));
  }
  std::sort(views.begin(), views.end(),
            [](const RunView& a, const RunView& b) { return a.started < b.started; });
  return views;
}

std::vector<MeterView> Engine::quota(std::string_view run_id, Time now) const {
  std::vector<MeterView> views;
  const Run* run = state_->find_run(std::string(run_id));
  if (run == nullptr) return views;
  now = std::max(now, state_->last_time);
  state_->ledger.accounts.up(run->account, [&](const Account& account) {
    for (const WallId wall : account.budgets) {
      views.push_back(view_now(*state_, state_->ledger.wall(wall), now));
    }
  });
  RunPlace place{.run_accounts = {}, .identity = run->fact.identity};
  state_->up_runs(run->account,
                  [&](const Run& above) { place.run_accounts.push_back(above.fact.account); });
  for (const LimitRule& limit : state_->policy->limits()) {
    for (const std::string& subject : limit_subjects(limit, place)) {
      const WallRule& rule = limit.wall;
      const Wall* wall = state_->ledger.find_wall({rule.name, subject, rule.unit, rule.window});
      views.push_back(
          view_now(*state_, wall != nullptr ? *wall : untouched_wall(rule, subject), now));
    }
  }
  return views;
}

std::optional<Refusal> Engine::forbids(std::string_view run_id, const Operation& operation,
                                       Now now) const {
  Output nothing;
  now.time = std::max(now.time, state_->last_time);
  const auto known = state_->known.find(operation.text(), *state_->policy);
  RF_ENSURE(known.has_value(), "an operation's own text is one");
  return Step(*state_, now, nothing).forbids(state_->find_run(std::string(run_id)), **known);
}

std::vector<HaltView> Engine::halts() const {
  std::vector<HaltView> views;
  for (const auto& [id, halt] : state_->halts) {
    views.push_back({id, halt.fact.account, halt.fact.operation, halt.fact.actor, halt.fact.reason,
                     halt.fact.everything, halt.placed});
  }
  return views;
}

std::optional<HoldView> Engine::hold(HoldId id) const {
  const Hold* hold = state_->find_hold(id);
  if (hold == nullptr) return std::nullopt;
  HoldView view = view_of(*state_, *hold);
  state_->put_away_holds(state_->last_time, kResolvedHoldsMax);
  return view;
}

OpenHolds Engine::open_holds(std::string_view under, std::size_t max) const {
  OpenHolds open;
  std::size_t looked_at = 0;
  for (const HoldId id : state_->ledger.open_by_deadline()) {
    if (open.holds.size() == max || ++looked_at > kOpenHoldsLookMax) {
      open.truncated = true;
      break;
    }
    const Hold& hold = *state_->ledger.find(id);
    if (!path_within(state_->fact_of(hold).run->fact.account, under)) continue;
    open.holds.push_back(view_of(*state_, hold));
  }
  return open;
}

StatusView Engine::status() const {
  const EngineState& s = *state_;
  StatusView view;
  view.events = s.last_seq;
  view.accounts = s.ledger.accounts.size();
  for (const auto& [id, run] : s.runs) view.live_runs += s.live(*run, s.seen) ? 1 : 0;
  view.open_holds = s.ledger.open_count();
  view.waiters = s.waiters.size();
  view.meters = s.ledger.meter_count();
  view.halts = s.halts.size();
  view.decisions = s.decisions;
  view.policy_version = s.policy_version;
  view.started = s.boot_time;
  view.clock_stepped = s.clock_stopped;
  view.policy_sha256 = s.policy_sha256;
  return view;
}

std::optional<std::size_t> Engine::scan_budgets(
    std::size_t from, std::size_t count, Time now,
    const std::function<void(const BudgetRow&)>& show) const {
  Ledger& ledger = state_->ledger;
  now = std::max(now, state_->last_time);
  const std::size_t end =
      from + std::min(count, ledger.accounts.size() - std::min(from, ledger.accounts.size()));
  for (std::size_t i = from; i < end; ++i) {
    const Account& account = ledger.accounts.at(AccountId{static_cast<std::uint32_t>(i)});
    if (account.is_run) continue;
    for (const WallId id : account.budgets) {
      const Wall& wall = ledger.wall(id);
      const Level level = ledger.level(wall, ledger.current(wall, now));
      show({account.path, wall.unit, wall.window, level.cap, level.settled, level.held});
    }
  }
  if (end == ledger.accounts.size()) return std::nullopt;
  return end;
}

}  // namespace ringfence
