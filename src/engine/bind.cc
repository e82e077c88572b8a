// SPDX-License-Identifier: Apache-2.0
// Binding: which walls stand where follows from the policy in force. Replay needs none of this; it
// is done once after it, and again when another version is adopted.
#include <algorithm>

#include "engine/step.h"
#include "policy/walls.h"

namespace ringfence {
namespace {

constexpr std::int64_t kRunAlertPermille = 800;

WallRule run_budget(Unit unit, std::int64_t cap) {
  WallRule rule;
  rule.name = kBudgetWall;
  rule.unit = unit;
  rule.window.kind = unit == kConcurrent ? WindowKind::none : WindowKind::run;
  rule.cap = cap;
  rule.floor = cap / 100 + (cap % 100 != 0 ? 1 : 0);  // one percent, rounded up
  if (unit != kConcurrent) rule.alerts.push_back({.permille = kRunAlertPermille});
  return rule;
}

}  // namespace

bool ends_spending(const WallRule& rule) {
  const WindowKind kind = rule.window.kind;
  const bool ends = kind == WindowKind::run || kind == WindowKind::lifetime ||
                    kind == WindowKind::day || kind == WindowKind::week ||
                    kind == WindowKind::month;
  return ends_spending(rule.unit) && ends && rule.on_exceed != OnExceed::warn;
}

std::vector<WallRule> Step::budget_rules(const Policy& policy, const Account& account,
                                         std::optional<RoleId> role) const {
  std::vector<WallRule> rules;
  if (!account.is_run) return policy.account(account.path).budgets;
  const Run* run = s_.run_at(account.id);
  if (run == nullptr) return rules;
  if (role) rules = policy.run_rule(*role).budgets;
  for (const auto& [unit, cap] : run->fact.budgets) {
    merge_wall(rules, run_budget(s_.units.find(unit).value(), cap));
  }
  return rules;
}

WallId Step::bind_wall(const WallRule& rule, std::string_view subject) {
  const WallKey key{rule.name, subject, rule.unit, rule.window};
  Wall* wall = s_.ledger.find_wall(key);
  if (wall == nullptr) wall = &s_.ledger.add_wall(key);
  const Meter* meter = s_.ledger.meter(wall->current);
  // A raise ends when policy changes its budget.
  if (wall->rule != 0 && wall->cap != rule.cap && meter != nullptr && meter->raised_cap()) {
    emit(RaiseEnded{meter->id, "policy"});
  }
  wall->cap = rule.cap;
  wall->floor = rule.floor;
  wall->enforced = rule.on_exceed != OnExceed::warn;
  wall->rule = s_.rules.number(rule);
  return wall->id;
}

void Step::bind_account(const Account& account) {
  if (account.id.index >= s_.bound_accounts.size()) {
    s_.bound_accounts.resize(account.id.index + 1);
  }
  // The account above was opened before, and so is bound before.
  BoundAccount bound;
  if (account.depth > 0) bound = s_.bound_accounts[account.parent.index];
  bound.role.reset();
  if (!account.is_run) {
    const AccountRules rules = s_.policy->account(account.path);
    bound.role = rules.role;
    if (rules.role) bound.in_force = rules.role;
    bound.walled = bound.walled || rules.unlimited;
  }
  s_.bound_accounts[account.id.index] = bound;
  std::vector<WallId> budgets;
  for (const WallRule& rule : budget_rules(*s_.policy, account, role_of(account.id))) {
    budgets.push_back(bind_wall(rule, account.path));
    bound.walled = bound.walled || ends_spending(rule);
  }
  s_.bound_accounts[account.id.index].walled = bound.walled;
  s_.ledger.accounts.at(account.id).budgets = std::move(budgets);
}

// What is not bound any more leaves the record too, so that replay, which knows no policy, forgets
// it at the same place.
void Step::unbind_wall(WallId id) {
  Wall& wall = s_.ledger.wall(id);
  const Meter* meter = s_.ledger.meter(wall.current);
  if (meter != nullptr && meter->raised_cap()) emit(RaiseEnded{meter->id, "policy"});
  wall.rule = 0;
  if (meter != nullptr) {
    emit(MeterClosed{meter->id});
  } else {
    s_.ledger.drop_wall(id);
  }
}

// Rules bound by the version before stay in place while their walls are bound anew, so that a
// changed cap is seen; what is not bound again goes, and so does what stands under the name of a
// limit that now counts others.
void Step::bind_all(const FreshWalls& fresh) {
  s_.rules.clear();
  std::vector<bool> bound;  // by wall index
  for (std::uint32_t i = 0; i < s_.ledger.accounts.size(); ++i) {
    const Account& account = s_.ledger.accounts.at(AccountId{i});
    bind_account(account);
    for (const WallId wall : account.budgets) {
      if (bound.size() <= wall.index) bound.resize(wall.index + 1);
      bound[wall.index] = true;
    }
  }
  std::unordered_map<std::string, const LimitRule*> kept;  // by wall key, subject apart
  for (std::uint32_t i = 0; i < s_.policy->limits().size(); ++i) {
    const LimitRule& limit = s_.policy->limits()[i];
    const WallRule& wall = limit.wall;
    if (fresh.limits.contains(i)) continue;
    kept.emplace(WallKey{wall.name, {}, wall.unit, wall.window}.text(), &limit);
  }
  std::vector<WallId> others;
  s_.ledger.for_each_wall([&](const Wall& wall) {
    const bool budget = wall.id.index < bound.size() && bound[wall.id.index];
    if (!budget) others.push_back(wall.id);
  });
  for (const WallId id : others) {
    const Wall& wall = s_.ledger.wall(id);
    const auto limit = kept.find(WallKey{wall.name, {}, wall.unit, wall.window}.text());
    if (limit != kept.end()) {
      bind_wall(limit->second->wall, wall.subject);
    } else {
      unbind_wall(id);
    }
  }
  for (auto& [id, run] : s_.runs) run->limit_walls.clear();
  s_.all_dirty = true;
}

}  // namespace ringfence
