// SPDX-License-Identifier: Apache-2.0
// Which walls apply to an operation: every budget of the account's chain, found from the account
// alone (P7), and every limit whose pattern matches.
#include <algorithm>

#include "base/ensure.h"
#include "base/inject.h"
#include "base/path.h"
#include "engine/step.h"

namespace ringfence {
namespace {

std::string identity_subject(Per per, const Identity& identity) {
  const auto named = [](std::string_view scope, const std::string& id) {
    return id.empty() ? std::string("-") : std::string(scope) + ":" + id;
  };
  switch (per) {
    case Per::user: return named("user", identity.user);
    case Per::team: return named("team", identity.team);
    case Per::org: return named("org", identity.org);
    default: return named("session", identity.session);
  }
}

}  // namespace

std::vector<std::string> limit_subjects(const LimitRule& limit, const RunPlace& place) {
  if (!limit.whom.covers(place.identity)) return {};
  switch (limit.per) {
    case Per::run: return place.run_accounts;
    case Per::agent: return {std::string(parent_path(place.run_accounts.back()))};
    case Per::account:
      if (!path_within(place.run_accounts.front(), limit.account)) return {};
      return {limit.account};
    default: return {identity_subject(limit.per, place.identity)};
  }
}

std::map<std::uint32_t, std::uint64_t> limits_of(
    std::span<const KnownOperation* const> operations) {
  std::map<std::uint32_t, std::uint64_t> counted;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    for (const std::uint32_t index : operations[i]->limits()) counted[index] |= 1ULL << i;
  }
  return counted;
}

Wall untouched_wall(const WallRule& rule, std::string_view subject) {
  Wall wall;
  wall.id = kNoWall;
  wall.name = rule.name;
  wall.subject = subject;
  wall.unit = rule.unit;
  wall.window = rule.window;
  wall.cap = rule.cap;
  wall.floor = rule.floor;
  wall.enforced = rule.on_exceed != OnExceed::warn;
  return wall;
}

// A limit's walls for this run, bound when it first comes to one.
const std::vector<WallId>& Step::limit_walls(Run& run, std::uint32_t index) {
  auto [it, fresh] = run.limit_walls.try_emplace(index);
  if (!fresh) return it->second;
  RunPlace place{.run_accounts = {}, .identity = run.fact.identity};
  s_.up_runs(run.account,
             [&](const Run& above) { place.run_accounts.push_back(above.fact.account); });
  const LimitRule& limit = s_.policy->limits()[index];
  for (const std::string& subject : limit_subjects(limit, place)) {
    it->second.push_back(bind_wall(limit.wall, subject));
    s_.note_run_wall(s_.ledger.wall(it->second.back()));
  }
  return it->second;
}

std::vector<Applied> Step::walls_for(Run& run, std::span<const KnownOperation* const> operations) {
  std::vector<Applied> applied;
  applied.reserve(16);
  const auto add = [&](WallId id) {
    const Wall& wall = s_.ledger.wall(id);
    applied.push_back({&wall, s_.ledger.current(wall, now_.time)});
  };
  s_.ledger.accounts.up(run.account, [&](const Account& account) {
    if (RF_BUG(skip_ancestor) && account.depth == 1) return;
    for (const WallId id : account.budgets) add(id);
  });
  if (operations.size() == 1) {
    for (const std::uint32_t index : operations.front()->limits()) {
      for (const WallId id : limit_walls(run, index)) add(id);
    }
    return applied;
  }
  for (const auto& [index, parts] : limits_of(operations)) {
    for (const WallId id : limit_walls(run, index)) {
      add(id);
      applied.back().parts = parts;
    }
  }
  return applied;
}

MeterId Step::open_current(const Wall& wall) {
  if (const Meter* meter = s_.ledger.current(wall, now_.time)) return meter->id;
  MeterOpened opened;
  opened.meter = MeterId{s_.ledger.next_meter_number()};
  opened.wall = wall.name;
  opened.unit = s_.units.name(wall.unit);
  opened.window = wall.window;
  opened.subject = wall.subject;
  opened.span = window_at(wall.window, now_.time, s_.policy->zone());
  const MeterId id_opened = opened.meter;
  emit(std::move(opened));
  return id_opened;
}

WallState Step::wall_state(const Wall& wall, const Meter* meter, std::int64_t need) const {
  const Level level = s_.ledger.level(wall, meter);
  WallState state;
  state.name = wall.name;
  state.account = wall.subject;
  state.unit = s_.units.name(wall.unit);
  state.window = wall.window;
  state.cap = level.cap;
  state.settled = level.settled;
  state.held = level.held;
  state.need = need;
  state.scale = unit_scale(wall.unit);
  if (wall.window.calendar()) {
    state.resets_at = window_at(wall.window, now_.time, s_.policy->zone()).end;
  }
  return state;
}

}  // namespace ringfence
