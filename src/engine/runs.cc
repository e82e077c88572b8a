// SPDX-License-Identifier: Apache-2.0
// Runs: started by an operator or by a run that delegates, alive while their lease is renewed.
#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.h"
#include "base/path.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {
namespace {

constexpr std::size_t kRunBudgetsMax = kUnitsMax;
constexpr std::size_t kRunOperationsMax = 256;

}  // namespace

std::optional<Refusal> Step::check_delegation(const StartRun& c, const Run& parent) const {
  if (auto refusal = check_credential(&parent)) return refusal;
  for (const RunBudget& budget : c.budgets) {
    std::optional<Refusal> over;
    s_.ledger.accounts.up(parent.account, [&](const Account& account) {
      for (const WallId id : account.budgets) {
        const Wall& wall = s_.ledger.wall(id);
        if (over || wall.unit != budget.unit || !wall.enforced) continue;
        const Meter* meter = s_.ledger.current(wall, now_.time);
        const Level level = s_.ledger.level(wall, meter);
        if (budget.cap <= level.free()) continue;
        over = refuse(Reason::too_large, "A child's budget is at most what its parent has left.",
                      "budgets");
        over->wall = wall_state(wall, meter, budget.cap);
        over->fits = std::max<std::int64_t>(0, level.free());
      }
    });
    if (over) return over;
  }
  if (parent.operations.empty()) return std::nullopt;
  for (const std::string& written : c.operations) {
    const auto pattern = Pattern::parse(written, PatternUse::match);
    const bool within =
        pattern && std::any_of(parent.operations.begin(), parent.operations.end(),
                               [&](const Pattern& p) { return pattern_within(*pattern, p); });
    if (!within) {
      return refuse(Reason::denied, "A child's operations are a subset of its parent's.",
                    "operations");
    }
  }
  return std::nullopt;
}

// A run's own subtree belongs to what it delegates.
bool Step::within_run(std::string_view path) const {
  for (; !path.empty(); path = parent_path(path)) {
    const Account* account = s_.ledger.accounts.find(path);
    if (account != nullptr && account->is_run) return true;
  }
  return false;
}

std::optional<Refusal> Step::check_start(StartRun& c, const Run* parent) const {
  if (s_.runs.contains(c.run_id)) return refuse(Reason::conflict, "This run exists.", "run");
  if (const auto path = check_account_path(c.account); !path) {
    return refuse(Reason::invalid, path.error().message, "account");
  }
  if (parent == nullptr && (!s_.policy->account(c.account).known || within_run(c.account))) {
    return refuse(Reason::not_found, "The policy has no such account.", "account");
  }
  const std::string own = join_path(c.account, c.run_id);
  if (const auto path = check_account_path(own); !path) {
    return refuse(Reason::invalid, "the account is too deep for a run", "account");
  }
  if (s_.ledger.accounts.find(own) != nullptr) {
    return refuse(Reason::conflict, "This run's account exists.", "run");
  }
  if (c.budgets.size() > kRunBudgetsMax || c.operations.size() > kRunOperationsMax) {
    return refuse(Reason::invalid, "too many entries", "budgets");
  }
  if (line_bytes(c.operations) > kRunOperationsBytesMax) {
    return refuse(Reason::invalid,
                  fmt::format("expected at most {} bytes in all", kRunOperationsBytesMax),
                  "operations");
  }
  for (const RunBudget& budget : c.budgets) {
    if (budget.cap < 0) {
      return refuse(Reason::invalid, "expected an amount of 0 or more", "budgets");
    }
  }
  for (const std::string& written : c.operations) {
    if (const auto pattern = Pattern::parse(written, PatternUse::match); !pattern) {
      return refuse(Reason::invalid, pattern.error().message, "operations");
    }
  }
  for (const auto& [id, halt] : s_.halts) {
    const bool covers = halt.fact.everything ||
                        (halt.fact.operation.empty() && path_within(c.account, halt.fact.account));
    if (covers) {
      return refuse(Reason::halted, fmt::format("Halted by an operator: {}.", halt.fact.reason));
    }
  }
  for (std::string_view path = c.account; !path.empty(); path = parent_path(path)) {
    const Account* account = s_.ledger.accounts.find(path);
    if (account != nullptr && account->paused) {
      return refuse(Reason::paused,
                    fmt::format("The account {} is paused ({}).", path,
                                s_.ledger.accounts.pauses(account->id).front().cause));
    }
  }
  return std::nullopt;
}

void Step::open_account(const std::string& path) {
  if (s_.ledger.accounts.find(path) != nullptr) return;
  open_account(std::string(parent_path(path)));
  emit(AccountOpened{AccountId{static_cast<std::uint32_t>(s_.ledger.accounts.size())}, path});
  bind_account(*s_.ledger.accounts.find(path));
}

Reply Step::on(StartRun& c) {
  const Run* parent = nullptr;
  if (!c.parent_run.empty()) {
    parent = s_.find_run(c.parent_run);
    if (parent == nullptr) return refuse(Reason::unauthenticated);
    c.account = parent->fact.account;
    c.identity = parent->fact.identity;
    if (auto refusal = check_delegation(c, *parent)) return *refusal;
  }
  if (s_.clock_stopped) return refuse(Reason::unverifiable);
  if (auto refusal = check_start(c, parent)) return *refusal;

  open_account(c.account);
  const AccountId agent = s_.ledger.accounts.find(c.account)->id;
  const auto role = role_of(agent);
  if (!role) {
    return refuse(Reason::denied, "No role is given to this account, so nothing is allowed.",
                  "account");
  }
  const RunRule rule = s_.policy->run_rule(*role);
  for (const auto field : rule.require) {
    if (!(c.identity.*field).empty()) continue;
    const std::string name(identity_field_name(field));
    return refuse(Reason::invalid,
                  "is required for runs of the role " + s_.policy->role_name(*role),
                  "on_behalf_of." + name);
  }
  const auto bounds = [](Unit unit) { return ends_spending(unit); };
  const bool bounded =
      s_.bound_accounts[agent.index].walled ||
      std::any_of(c.budgets.begin(), c.budgets.end(),
                  [&](const auto& b) { return bounds(b.unit); }) ||
      std::any_of(rule.budgets.begin(), rule.budgets.end(), [&](const WallRule& b) {
        return bounds(b.unit) && b.on_exceed != OnExceed::warn;
      });
  if (!bounded) return refuse(Reason::no_wall);
  const Duration ttl = c.ttl.value_or(rule.max_age);
  if (ttl > rule.max_age || ttl.us <= 0) {
    return refuse(Reason::invalid,
                  "expected at most the role's max_age, " + format_duration(rule.max_age),
                  "ttl_seconds");
  }

  RunStarted started;
  started.run_id = c.run_id;
  started.account = join_path(c.account, c.run_id);
  started.parent_run = c.parent_run;
  started.actor = c.actor;
  started.hard_end = now_.time + ttl;
  if (parent != nullptr) started.hard_end = std::min(started.hard_end, parent->fact.hard_end);
  started.unsupervised = c.lease == Lease::none;
  started.lease = started.unsupervised ? started.hard_end - now_.time : rule.lease;
  started.lease_until = now_.time + started.lease;
  for (const RunBudget& budget : c.budgets) {
    started.budgets.emplace_back(s_.units.name(budget.unit), budget.cap);
  }
  started.operations = std::move(c.operations);
  started.labels = std::move(c.labels);
  started.identity = std::move(c.identity);
  started.env = rule.env;
  const std::string path = started.account;
  emit(AccountOpened{AccountId{static_cast<std::uint32_t>(s_.ledger.accounts.size())}, path});
  emit(std::move(started));
  Run& run = *s_.find_run(c.run_id);
  bind_account(s_.ledger.accounts.at(run.account));
  track_lease(run);
  return run_reply(run);
}

RunReply Step::run_reply(const Run& run) const {
  int depth = -1;
  s_.up_runs(run.account, [&](const Run&) { ++depth; });
  return {run.fact.run_id, run.fact.account, run.fact.hard_end, run.lease_until, run.fact.lease,
          depth,           run.fact.env};
}

Reply Step::on(RenewRun& c) {
  Run* run = s_.find_run(c.run_id);
  if (run == nullptr) return refuse(Reason::not_found, "There is no such run.", "run");
  if (run->ended) return refuse(Reason::credential_revoked, "This run has ended.");
  if (now_.time >= run->fact.hard_end) return refuse(Reason::credential_expired);
  emit(RunRenewed{c.run_id,
                  run->fact.unsupervised ? run->fact.hard_end : now_.time + run->fact.lease});
  track_lease(*run);
  return run_reply(*run);
}

Reply Step::on(EndRun& c) {
  Run* run = s_.find_run(c.run_id);
  if (run == nullptr) return refuse(Reason::not_found, "There is no such run.", "run");
  end_subtree(run->account, c.actor, c.reason, false);
  s_.all_dirty = true;
  return OkReply{c.run_id};
}

// Ending a run ends what it delegated; ending again changes nothing.
void Step::end_subtree(AccountId id, const std::string& actor, const std::string& reason,
                       bool revoked) {
  const Account& account = s_.ledger.accounts.at(id);
  for (const AccountId child : s_.ledger.accounts.children(account))
    end_subtree(child, actor, reason, revoked);
  if (Run* run = s_.run_at(id)) end_run(*run, actor, reason, revoked);
}

void Step::end_run(Run& run, const std::string& actor, const std::string& reason, bool revoked) {
  if (run.ended) return;
  untrack_lease(run);
  emit(RunEnded{run.fact.run_id, actor, reason, revoked});
  refuse_approvals(s_.approvals.pending_of(run.fact.run_id), revoked ? "halted" : "run_ended");
  out_.notices.emplace_back(
      RunClosed{run.fact.run_id, revoked ? Reason::halted : Reason::credential_expired});
}

// ---- leases

void Step::track_lease(Run& run) {
  untrack_lease(run);
  if (run.ended) return;
  const bool live = s_.live(run, now_.time);
  // A lapsed lease may be renewed until the hard end.
  run.lease_entry = live ? std::min(run.lease_until, run.fact.hard_end) : run.fact.hard_end;
  s_.leases.emplace(run.lease_entry, run.fact.run_id);
  if (live) count_live(run, true);
}

void Step::untrack_lease(Run& run) {
  s_.leases.erase({run.lease_entry, run.fact.run_id});
  count_live(run, false);
}

void Step::count_live(Run& run, bool live) {
  if (run.counted_live == live) return;
  run.counted_live = live;
  s_.ledger.accounts.up(run.account, [live](Account& account) {
    account.live_runs += live ? 1U : 0U;
    account.live_runs -= live ? 0U : 1U;
  });
}

}  // namespace ringfence
