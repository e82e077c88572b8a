// SPDX-License-Identifier: Apache-2.0
// Seeding: a wall with a new key starts from the record of its current window, open holds included
// (2-semantics, Accounts), so that editing a policy neither forgets nor doubles what was spent.
// On a rolling window the carried sum counts in full for one more span: early, never late.
#include <algorithm>

#include "base/checked.h"
#include "base/path.h"
#include "engine/step.h"

namespace ringfence {
namespace {

struct PastHold {
  std::string run_id, account, operation;
  Time opened, resolved;
  Amounts need, charged;
  bool open = true;
};

struct Past {
  std::map<std::string, RunStarted> runs;
  std::map<HoldId, PastHold> holds;

  void read(const Event& event) {
    if (const auto* run = std::get_if<RunStarted>(&event.body)) {
      runs.emplace(run->run_id, *run);
    } else if (const auto* hold = std::get_if<HoldOpened>(&event.body)) {
      holds[hold->hold] = {hold->run_id, hold->account, hold->operation, event.time, {}, hold->need,
                           {},           true};
    } else if (const auto* more = std::get_if<HoldExtended>(&event.body)) {
      more->added.for_each([&](Unit unit, std::int64_t amount) {
        Amounts& need = holds.at(more->hold).need;
        need.set(unit, saturating_add(need.get(unit), amount));
      });
    } else if (const auto* end = std::get_if<HoldResolved>(&event.body)) {
      PastHold& past = holds.at(end->hold);
      if (past.open) past.resolved = event.time;
      past.open = false;
      past.charged = end->charged;
    }
  }

  RunPlace place_of(const std::string& run_id) const {
    RunPlace place;
    for (auto run = runs.find(run_id); run != runs.end(); run = runs.find(run->second.parent_run)) {
      place.run_accounts.push_back(run->second.account);
      place.identity = run->second.identity;
    }
    return place;
  }
};

// A hold belongs to the calendar window in which it was opened, to a rolling one from its end.
bool counts_in(const Wall& wall, const Span& span, const PastHold& hold, Time now) {
  if (wall.window.calendar()) return span.contains(hold.opened);
  if (wall.window.kind != WindowKind::rolling || hold.open) return true;
  return hold.resolved > now - wall.window.span;
}

}  // namespace

Result<void> Step::seed(const std::set<std::string>& known_walls,
                        const std::set<std::string>& known_limits) {
  std::vector<WallId> fresh_budgets;
  s_.ledger.for_each_wall([&](const Wall& wall) {
    const bool known = known_walls.contains(s_.ledger.key_of(wall));
    if (!known && wall.name == kBudgetWall) fresh_budgets.push_back(wall.id);
  });
  std::set<std::uint32_t> fresh_limits;
  for (std::uint32_t i = 0; i < s_.policy->limits().size(); ++i) {
    if (!known_limits.contains(limit_key(s_.policy->limits()[i]))) fresh_limits.insert(i);
  }
  if (fresh_budgets.empty() && fresh_limits.empty()) return {};

  Past past;
  if (auto read = s_.reader([&past](const Event& event) { past.read(event); }); !read) return read;

  std::map<WallId, MeterOpened> seeds;
  const auto add = [&](WallId id, HoldId hold_id, const PastHold& hold) {
    const Wall& wall = s_.ledger.wall(id);
    const Span span = window_at(wall.window, now_.time, s_.policy->zone());
    if (!counts_in(wall, span, hold, now_.time)) return;
    MeterOpened& seed = seeds[id];
    seed.span = span;
    const Hold* open = hold.open ? s_.ledger.find(hold_id) : nullptr;
    if (open != nullptr && open->open) {
      seed.holds.push_back(hold_id);
      seed.held_each.push_back(open->need.get(wall.unit));
    } else if (!hold.open && wall.unit != kConcurrent) {
      seed.settled = saturating_add(seed.settled, hold.charged.get(wall.unit));
    }
  };
  for (const auto& [hold_id, hold] : past.holds) {
    for (const WallId id : fresh_budgets) {
      if (path_within(hold.account, s_.ledger.wall(id).subject)) add(id, hold_id, hold);
    }
    const auto operation = Operation::parse(hold.operation);
    if (fresh_limits.empty() || !operation) continue;
    std::vector<std::uint32_t> matching;
    s_.policy->match_limits(*operation, matching);
    for (const std::uint32_t index : matching) {
      if (!fresh_limits.contains(index)) continue;
      const LimitRule& limit = s_.policy->limits()[index];
      for (const std::string& subject : limit_subjects(limit, past.place_of(hold.run_id))) {
        add(bind_wall(limit.wall, subject), hold_id, hold);
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
    emit(std::move(seed));
  }
  return {};
}

std::string limit_key(const LimitRule& limit) {
  return Ledger::wall_key(limit.wall.name, limit.wall.unit, limit.wall.window,
                          std::to_string(static_cast<int>(limit.per)) + limit.account);
}

}  // namespace ringfence
