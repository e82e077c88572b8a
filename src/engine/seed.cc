// SPDX-License-Identifier: Apache-2.0
// Seeding: a wall with a new key starts from the record of its current window, open holds included
// (2-semantics, Accounts), so that editing a policy neither forgets nor doubles what was spent.
// On a rolling window the carried sum counts in full for one more span: early, never late.
#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "base/path.h"
#include "engine/line_bounds.h"
#include "engine/past.h"
#include "engine/step.h"

namespace ringfence {
namespace {

RunPlace place_of(const Past& past, const std::string& run_id) {
  RunPlace place;
  for (const Past::Run* run = past.run(run_id); run != nullptr; run = past.run(run->parent)) {
    place.run_accounts.push_back(run->account);
    place.identity = run->identity;
  }
  return place;
}

// A hold belongs to the calendar window in which it was opened, to a rolling one from its end.
bool counts_in(const Wall& wall, const Span& span, const PastHold& hold, Time now) {
  if (wall.window.calendar()) return span.contains(hold.opened);
  if (wall.window.kind != WindowKind::rolling || hold.open) return true;
  return hold.resolved > now - wall.window.span;
}

}  // namespace

std::string limit_key(const LimitRule& limit) {
  const std::string whom =
      std::to_string(static_cast<int>(limit.per)) + limit.account + limit.whom.text();
  return WallKey{limit.wall.name, whom, limit.wall.unit, limit.wall.window}.text();
}

// How far back the record counts for a wall with this window.
Time Step::counts_since(const Window& window, const Zone& zone) const {
  if (window.calendar()) return window_at(window, now_.time, zone).start;
  if (window.kind == WindowKind::rolling) return now_.time - window.span;
  if (window.kind == WindowKind::none) return now_.time;  // what is open
  if (window.kind == WindowKind::lifetime) return Time{};
  Time since = now_.time;
  for (const auto& [id, run] : s_.runs) since = std::min(since, run->started);
  return since;
}

// What `policy` would bring that nothing counts yet.
FreshWalls Step::fresh_walls(const Policy& policy) const {
  FreshWalls fresh;
  fresh.since = now_.time;
  const auto reaches = [&](const Window& window) {
    fresh.since = std::min(fresh.since, counts_since(window, policy.zone()));
  };
  std::set<std::string> known;
  if (s_.policy) {
    for (const LimitRule& limit : s_.policy->limits()) known.insert(limit_key(limit));
  }
  const auto& limits = policy.limits();
  for (std::uint32_t i = 0; i < limits.size(); ++i) {
    if (known.contains(limit_key(limits[i]))) continue;
    fresh.limits.insert(i);
    reaches(limits[i].wall.window);
  }
  const Accounts& accounts = s_.ledger.accounts;
  std::vector<std::optional<RoleId>> roles(accounts.size());
  for (std::uint32_t i = 0; i < accounts.size(); ++i) {
    const Account& account = accounts.at(AccountId{i});
    if (!account.is_run) roles[i] = policy.account(account.path).role;
    if (!roles[i] && account.depth > 0) roles[i] = roles[account.parent.index];
    for (const WallRule& rule : budget_rules(policy, account, roles[i])) {
      const bool counted =
          s_.ledger.find_wall({rule.name, account.path, rule.unit, rule.window}) != nullptr;
      if (counted) continue;
      reaches(rule.window);
      fresh.budgets[std::string(account.path)].push_back(rule);
    }
  }
  return fresh;
}

void Step::seed(const FreshWalls& fresh, const Past& past) {
  std::map<WallId, MeterOpened> seeds;
  // `parts`: how many of the hold's operations the wall counts; what is not counted in calls is
  // not told apart, and counts in full.
  const auto add = [&](WallId id, HoldId hold_id, const PastHold& hold, std::int64_t parts) {
    const Wall& wall = s_.ledger.wall(id);
    const Span span = window_at(wall.window, now_.time, s_.policy->zone());
    if (!counts_in(wall, span, hold, now_.time)) return;
    MeterOpened& seed = seeds[id];
    seed.span = span;
    const auto share = [&](const Amounts& amounts) {
      const std::int64_t all = amounts.get(wall.unit);
      if (wall.unit != kCalls || hold.further.empty()) return all;
      const auto programs = static_cast<std::int64_t>(hold.further.size()) + 1;
      return std::max<std::int64_t>(0, all - (programs - std::min(parts, programs)));
    };
    const Hold* open = hold.open ? s_.ledger.find(hold_id) : nullptr;
    if (open != nullptr && open->open) {
      seed.holds.push_back(hold_id);
      seed.held_each.push_back(share(open->need));
    } else if (!hold.open && wall.unit != kConcurrent) {
      seed.settled = saturating_add(seed.settled, share(hold.charged));
    }
  };
  for (const auto& [hold_id, hold] : past.holds()) {
    for (std::string_view at = hold.account; !at.empty(); at = parent_path(at)) {
      const auto budgets = fresh.budgets.find(at);
      if (budgets == fresh.budgets.end()) continue;
      for (const WallRule& rule : budgets->second) {
        add(s_.ledger.find_wall({rule.name, at, rule.unit, rule.window})->id, hold_id, hold,
            INT64_MAX);
      }
    }
    if (!fresh.limits.empty()) {
      for (const auto& [id, parts] : fresh_limit_walls(fresh, past, hold)) {
        add(id, hold_id, hold, parts);
      }
    }
  }
  for (auto& [id, seed] : seeds) {
    if (seed.settled == 0 && seed.holds.empty()) continue;
    const Wall& wall = s_.ledger.wall(id);
    seed.meter = MeterId{s_.ledger.next_meter_number()};
    seed.wall = wall.name;
    seed.unit = s_.units.name(wall.unit);
    seed.window = wall.window;
    seed.subject = wall.subject;
    emit_seed(std::move(seed));
  }
}

// As many lines as its holds need.
void Step::emit_seed(MeterOpened seed) {
  const std::vector<HoldId> holds = std::exchange(seed.holds, {});
  const std::vector<std::int64_t> held_each = std::exchange(seed.held_each, {});
  std::size_t taken = 0;
  const auto take = [&](auto& event) {
    for (; taken < holds.size() && event.holds.size() < kMeterHoldsMax; ++taken) {
      event.holds.push_back(holds[taken]);
      event.held_each.push_back(held_each[taken]);
    }
  };
  const MeterId meter = seed.meter;
  take(seed);
  emit(std::move(seed));
  while (taken < holds.size()) {
    MeterHolds more{meter, {}, {}};
    take(more);
    emit(std::move(more));
  }
}

// The walls of new limits that count this hold, with how many of its operations each counts. A run
// that is long over is asked of no more.
std::map<WallId, std::int64_t> Step::fresh_limit_walls(const FreshWalls& fresh, const Past& past,
                                                       const PastHold& hold) {
  std::map<std::uint32_t, std::int64_t> matching;
  const auto match = [&](const std::string& text) {
    const auto operation = Operation::parse(text);
    if (!operation) return;
    std::vector<std::uint32_t> limits;
    s_.policy->match_limits(*operation, limits);
    for (const std::uint32_t index : limits) ++matching[index];
  };
  match(hold.operation);
  for (const std::string& text : hold.further) match(text);
  std::map<WallId, std::int64_t> walls;
  for (const auto& [index, parts] : matching) {
    if (!fresh.limits.contains(index)) continue;
    const LimitRule& limit = s_.policy->limits()[index];
    for (const std::string& subject : limit_subjects(limit, place_of(past, hold.run_id))) {
      if (limit.per == Per::run) {
        const Account* account = s_.ledger.accounts.find(subject);
        if (account == nullptr || s_.run_at(account->id) == nullptr) continue;
      }
      const WallId id = bind_wall(limit.wall, subject);
      walls[id] += parts;
      s_.note_run_wall(s_.ledger.wall(id));
    }
  }
  return walls;
}

}  // namespace ringfence
