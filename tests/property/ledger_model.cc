// SPDX-License-Identifier: Apache-2.0
// The model's walls and what a request is told there.
#include "tests/property/ledger_model.h"

#include <algorithm>
#include <functional>

#include "base/path.h"

namespace ringfence::model {
namespace {

constexpr Duration kThrottle = Duration::seconds(60);
constexpr Duration kPrecedence = Duration::seconds(1);
constexpr std::int64_t kSharesMax = 8;

// What anything up to these tokens and calls costs, rounded up to a nano-unit.
std::int64_t cost_of(const FlatPrice& price, std::int64_t input, std::int64_t output,
                     std::int64_t calls) {
  const __int128 pico = static_cast<__int128>(price.input_pico) * input +
                        static_cast<__int128>(price.output_pico) * output +
                        static_cast<__int128>(price.call_pico) * calls;
  return static_cast<std::int64_t>((pico + 999) / 1'000);
}

bool matches(const std::string& pattern, const std::string& operation) {
  if (pattern == "*" || pattern == operation) return true;
  return pattern.ends_with(":*") && operation.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

const FlatPrice* price_of(const std::string& operation) {
  static constexpr FlatPrice kFree{};
  if (operation == kPricedModel) return &kModelPrice;
  if (operation == kPricedTool) return &kToolPrice;
  return operation == kFreeModel ? &kFree : nullptr;
}

// ---- which walls

std::vector<WallSpec> LedgerModel::run_budgets(const Run& run) const {
  std::vector<WallSpec> budgets = policy.run_budgets;
  for (const WallSpec& own : run.budgets) {
    const auto same = std::ranges::find_if(budgets, [&](const WallSpec& have) {
      return have.unit == own.unit && have.window == own.window;
    });
    if (same == budgets.end()) {
      budgets.push_back(own);
      continue;
    }
    // What holds goes before what only warns, then the smaller cap.
    const bool enforced = own.mode != Mode::warn;
    const bool was_enforced = same->mode != Mode::warn;
    if (enforced != was_enforced ? enforced : own.cap < same->cap) *same = own;
  }
  return budgets;
}

std::vector<Wall> LedgerModel::budgets_at(const std::string& account) const {
  std::vector<Wall> walls;
  for (const auto& [id, run] : runs) {
    if (run.account != account) continue;
    for (const WallSpec& rule : run_budgets(run)) walls.push_back({rule, account});
    return walls;
  }
  for (const WallSpec& rule : policy.walls) {
    if (rule.scope == Scope::budget && rule.account == account) walls.push_back({rule, account});
  }
  return walls;
}

std::vector<Wall> LedgerModel::walls_of(const Run& run, const std::string& operation) const {
  std::vector<Wall> walls;
  for (std::string_view at = run.account; !at.empty(); at = parent_path(at)) {
    for (Wall& wall : budgets_at(std::string(at))) walls.push_back(std::move(wall));
  }
  for (const WallSpec& rule : policy.walls) {
    if (rule.scope == Scope::budget || !matches(rule.match, operation)) continue;
    if (rule.scope == Scope::run) {
      for (const std::string& account : run.chain) walls.push_back({rule, account});
    } else if (rule.scope == Scope::agent) {
      walls.push_back({rule, run.agent});
    } else if (rule.scope == Scope::user) {
      walls.push_back({rule, run.user.empty() ? "-" : "user:" + run.user});
    } else if (path_within(run.account, rule.account)) {
      walls.push_back({rule, rule.account});
    }
  }
  return walls;
}

bool LedgerModel::has_wall(const std::string& account) const {
  for (std::string_view at = account; !at.empty(); at = parent_path(at)) {
    for (const Wall& wall : budgets_at(std::string(at))) {
      const WindowKind over = wall.rule.window.kind;
      const bool unit =
          wall.rule.unit == kUsd || wall.rule.unit == kTokens || wall.rule.unit == kCalls;
      const bool long_enough = over == WindowKind::run || over == WindowKind::lifetime ||
                               over == WindowKind::day || over == WindowKind::week ||
                               over == WindowKind::month;
      if (unit && long_enough && wall.rule.mode != Mode::warn) return true;
    }
  }
  return false;
}

// ---- what they show

bool LedgerModel::covers(const Wall& wall, const Run& run, const std::string& operation) const {
  if (wall.rule.scope != Scope::budget && wall.rule.name != "budget" &&
      !matches(wall.rule.match, operation)) {
    return false;
  }
  if (wall.rule.name == "budget") return path_within(run.account, wall.subject);
  switch (wall.rule.scope) {
    case Scope::run: return std::ranges::find(run.chain, wall.subject) != run.chain.end();
    case Scope::agent: return run.agent == wall.subject;
    case Scope::user: return wall.subject == (run.user.empty() ? "-" : "user:" + run.user);
    default: return path_within(run.account, wall.subject);
  }
}

// `window_of`: a time within the window that is asked for; `at`: when, for a rolling one.
bool LedgerModel::counts(const Wall& wall, const Hold& hold, Time window_of, Time at) const {
  if (!covers(wall, *hold.run, hold.operation)) return false;
  const Window& window = wall.rule.window;
  if (window.calendar()) return window_at(window, window_of, Zone()).contains(hold.opened);
  if (window.kind != WindowKind::rolling || hold.open) return true;
  const std::int64_t bucket_us = window.span.us / kRollingBuckets;
  return at.us / bucket_us - hold.resolved.us / bucket_us <= kRollingBuckets;
}

std::int64_t LedgerModel::settled(const Wall& wall, Time window_of, Time at) const {
  std::int64_t sum = 0;
  if (wall.rule.unit == kConcurrent) return 0;
  for (const Hold& hold : holds) {
    if (!hold.open && counts(wall, hold, window_of, at)) sum += hold.charged.get(wall.rule.unit);
  }
  return sum;
}

std::int64_t LedgerModel::held(const Wall& wall, Time window_of) const {
  std::int64_t sum = 0;
  for (const Hold& hold : holds) {
    if (hold.open && counts(wall, hold, window_of, now)) sum += hold.need.get(wall.rule.unit);
  }
  return sum;
}

std::int64_t LedgerModel::cap(const Wall& wall) const {
  const auto raised = raises.find(wall.key());
  const bool in_force = raised != raises.end() && now < raised->second.until;
  return in_force ? std::max(wall.rule.cap, raised->second.cap) : wall.rule.cap;
}

LedgerModel::Level LedgerModel::level(const Wall& wall, Time window_of) const {
  // A raise is of the current window.
  const bool current =
      !wall.rule.window.calendar() || window_at(wall.rule.window, now, Zone()).contains(window_of);
  const std::int64_t in_force = current ? cap(wall) : wall.rule.cap;
  const std::int64_t left = in_force - settled(wall, window_of);
  return {left - held(wall, window_of), left};
}

LedgerModel::Standing LedgerModel::stand(const Wall& wall, std::int64_t need,
                                         Time window_of) const {
  const Level at = level(wall, window_of);
  if (need <= at.free) return Standing::fits;
  if (need <= at.final) return Standing::busy;
  const Window& window = wall.rule.window;
  if (need <= cap(wall) && settled(wall, window_of) > 0) {
    const bool current = window.calendar() && window_at(window, now, Zone()).contains(window_of);
    if (current && window_at(window, now, Zone()).end - now <= kThrottle) {
      return Standing::throttled;
    }
    const bool rolling = window.kind == WindowKind::rolling;
    if (rolling && need <= cap(wall) - settled(wall, window_of, now + kThrottle)) {
      return Standing::throttled;
    }
  }
  const std::int64_t left = at.final;
  const bool low = wall.rule.floor ? left < *wall.rule.floor : left * 100 < wall.rule.cap;
  return low || left <= 0 ? Standing::exhausted : Standing::too_large;
}

// ---- order of a decision

std::optional<Reason> LedgerModel::credential(const std::string& run_id) const {
  const auto run = runs.find(run_id);
  if (run == runs.end()) return Reason::unauthenticated;
  if (run->second.ended) return Reason::credential_revoked;
  if (!run->second.live(now)) return Reason::credential_expired;
  return std::nullopt;
}

std::optional<Reason> LedgerModel::stopped(const Run& run, const std::string& operation) const {
  for (const auto& [id, halt] : halts) {
    const bool account = halt.account.empty() || path_within(run.account, halt.account);
    const bool kind = halt.operation.empty() || matches(halt.operation, operation);
    if (halt.everything || (account && kind)) return Reason::halted;
  }
  for (const auto& [account, cause] : pauses) {
    if (path_within(run.account, account)) return Reason::paused;
  }
  return std::nullopt;
}

bool LedgerModel::halted(const PlaceHold& request) const {
  const auto run = runs.find(request.run_id);
  return run != runs.end() && stopped(run->second, request.operation) == Reason::halted;
}

// The need with its floors; the units that some enforced wall counts decide what must be known.
std::optional<Reason> LedgerModel::complete(PlaceHold& request,
                                            const std::vector<Wall>& walls) const {
  const auto walled = [&](std::initializer_list<Unit> units) {
    return std::ranges::any_of(walls, [&](const Wall& wall) {
      return wall.rule.mode != Mode::warn &&
             std::find(units.begin(), units.end(), wall.rule.unit) != units.end();
    });
  };
  const bool money = walled({kUsd});
  const bool tokens = walled({kTokens, kInputTokens, kOutputTokens});
  const FlatPrice* price = price_of(request.operation);
  const bool model = request.operation.starts_with("llm:");
  Amounts& need = request.need;
  const bool directed = need.has(kInputTokens) || need.has(kOutputTokens);
  const bool says_nothing = !directed && !need.has(kTokens) && !need.has(kUsd);
  need.raise_to(kCalls, 1);
  if (model && !request.output && says_nothing) {
    if (price == nullptr && money) return Reason::unpriced;
    if (price == nullptr && tokens) return Reason::unbounded;
    if (price != nullptr && price->context_tokens == 0 && tokens) return Reason::unbounded;
    if (price != nullptr && price->context_tokens > 0) {
      need.set(kInputTokens, price->context_tokens);
      need.set(kOutputTokens, price->max_output_tokens);
    }
  }
  if (model && price == nullptr && money && (request.output || !need.has(kUsd))) {
    return Reason::unpriced;
  }
  const std::int64_t known = need.get(kInputTokens) + need.get(kOutputTokens);
  if (need.has(kInputTokens) || need.has(kOutputTokens)) need.raise_to(kTokens, known);
  if (price != nullptr && !request.output) {
    const std::int64_t rest = std::max<std::int64_t>(0, need.get(kTokens) - known);
    const std::int64_t cost =
        cost_of(*price, need.get(kInputTokens), need.get(kOutputTokens) + rest, need.get(kCalls));
    if (cost > 0) need.raise_to(kUsd, cost);
  }
  need.set(kSeconds, (request.ttl.us + 999) / 1'000);
  need.set(kConcurrent, 1);
  return std::nullopt;
}

Amounts LedgerModel::need_at(const PlaceHold& request, std::int64_t cap) const {
  Amounts need = request.need;
  if (!request.output) return need;
  const OutputBound& output = *request.output;
  const std::int64_t tokens = cap * output.choices;
  need.set(kTokens, need.get(kTokens) + tokens);
  need.set(kOutputTokens, need.get(kOutputTokens) + tokens);
  need.set(kUsd, std::max(need.get(kUsd),
                          (output.fixed_pico + output.output_pico * tokens + 999) / 1'000));
  return need;
}

Verdict LedgerModel::at_walls(const PlaceHold&, const std::vector<Wall>& walls, const Amounts& need,
                              bool blocked) const {
  Verdict verdict;
  verdict.need = need;
  Standing worst = blocked ? Standing::busy : Standing::fits;
  for (const Wall& wall : walls) {
    const std::int64_t here = need.get(wall.rule.unit);
    if (here <= 0 || wall.rule.mode == Mode::warn) continue;
    const Standing standing = stand(wall, here, now);
    worst = std::max(worst, standing);
    if (standing == Standing::exhausted) verdict.exhausted.push_back(wall);
  }
  static constexpr Reason kReasons[] = {Reason::busy, Reason::busy, Reason::throttled,
                                        Reason::too_large, Reason::exhausted};
  verdict.kind = worst == Standing::fits ? Verdict::Kind::allow : Verdict::Kind::refuse;
  verdict.reason = kReasons[static_cast<int>(worst)];
  return verdict;
}

std::int64_t LedgerModel::largest_cap(
    const PlaceHold& request, const std::vector<Wall>& walls,
    const std::function<std::int64_t(const Wall&, bool)>& room) const {
  const std::int64_t wanted = request.output->wanted_tokens;
  const Amounts least = need_at(request, 0);
  const Amounts most = need_at(request, wanted);
  for (std::int64_t cap = wanted; cap >= 0; --cap) {
    const Amounts need = need_at(request, cap);
    const bool fits = std::ranges::all_of(walls, [&](const Wall& wall) {
      const Unit unit = wall.rule.unit;
      const bool grows = most.get(unit) > least.get(unit);
      if (wall.rule.mode == Mode::warn || (need.get(unit) <= 0 && !grows)) return true;
      return need.get(unit) <= room(wall, grows);
    });
    if (fits) return cap;
  }
  return -1;
}

std::int64_t LedgerModel::live_runs_under(const std::string& subject) const {
  const bool account = std::ranges::any_of(
      runs, [&](const auto& each) { return path_within(each.second.account, subject); });
  return std::ranges::count_if(runs, [&](const auto& each) {
    const Run& run = each.second;
    return run.live(now) && (!account || path_within(run.account, subject));
  });
}

Verdict LedgerModel::decide(const PlaceHold& asked, bool may_wait, bool blocked) const {
  const auto refuse = [](Reason reason) {
    return Verdict{Verdict::Kind::refuse, reason, -1, {}, {}};
  };
  const auto waits = [](Verdict verdict) {
    verdict.kind = Verdict::Kind::wait;
    return verdict;
  };
  if (const auto reason = credential(asked.run_id)) return refuse(*reason);
  const Run& run = runs.at(asked.run_id);
  if (const auto reason = stopped(run, asked.operation)) return refuse(*reason);
  if (asked.operation.starts_with("fs:w:")) return refuse(Reason::denied);
  if (!has_wall(run.account)) return refuse(Reason::no_wall);
  PlaceHold request = asked;
  const std::vector<Wall> walls = walls_of(run, request.operation);
  if (const auto reason = complete(request, walls)) return refuse(*reason);

  const std::int64_t wanted = request.output ? request.output->wanted_tokens : 0;
  Verdict full = at_walls(request, walls, need_at(request, wanted), blocked);
  full.output_cap = request.output ? wanted : -1;
  const bool soon = full.reason == Reason::busy || full.reason == Reason::throttled;
  if (full.kind == Verdict::Kind::allow) return full;
  const auto waits_if_soon = [&](const Verdict& verdict) {
    const bool passing = verdict.kind == Verdict::Kind::refuse &&
                         (verdict.reason == Reason::busy || verdict.reason == Reason::throttled);
    return passing && may_wait ? waits(verdict) : verdict;
  };
  if (!request.output || !request.output->clamp) return waits_if_soon(full);

  const auto free = [&](const Wall& wall, bool) { return level(wall, now).free; };
  const auto final = [&](const Wall& wall, bool) { return level(wall, now).final; };
  const auto share = [&](const Wall& wall, bool grows) {
    const std::int64_t live = grows ? live_runs_under(wall.subject) : 1;
    return level(wall, now).free / std::clamp<std::int64_t>(live, 1, kSharesMax);
  };
  const std::int64_t least = std::min(request.output->min_tokens, wanted);
  const std::int64_t free_cap = largest_cap(request, walls, free);
  const std::int64_t final_cap = largest_cap(request, walls, final);
  const bool more_later = soon || (final_cap > free_cap && final_cap >= least);
  if (more_later && may_wait) return waits(full);
  if (free_cap >= least) {
    const std::int64_t cap = std::clamp(largest_cap(request, walls, share), least, free_cap);
    Verdict clamped = at_walls(request, walls, need_at(request, cap), blocked);
    clamped.output_cap = cap;
    return waits_if_soon(clamped);
  }
  Verdict smallest = at_walls(request, walls, need_at(request, least), blocked);
  smallest.output_cap = least;
  if (smallest.reason == Reason::too_large) smallest.reason = Reason::exhausted;
  return waits_if_soon(smallest);
}

// ---- who goes first

namespace {

// What a request needs anything of, at walls that refuse.
template <class Walls>
std::set<std::string> touched(const Walls& walls, const Amounts& need) {
  std::set<std::string> keys;
  for (const Wall& wall : walls) {
    if (need.get(wall.rule.unit) > 0 && wall.rule.mode != Mode::warn) keys.insert(wall.key());
  }
  return keys;
}

}  // namespace

std::set<std::string> LedgerModel::touches(const PlaceHold& asked, Reach reach) const {
  const auto run = runs.find(asked.run_id);
  if (run == runs.end()) return {};
  PlaceHold request = asked;
  std::vector<Wall> walls = walls_of(run->second, request.operation);
  if (complete(request, walls)) return {};
  std::int64_t cap = request.output ? request.output->wanted_tokens : 0;
  // A clamp may come down to its smallest answer.
  if (reach != Reach::most && request.output && request.output->clamp) {
    cap = std::min(cap, request.output->min_tokens);
  }
  const Amounts need = need_at(request, cap);
  if (reach == Reach::full) {
    std::erase_if(
        walls, [&](const Wall& wall) { return need.get(wall.rule.unit) <= level(wall, now).free; });
  }
  return touched(walls, need);
}

// Must: an earlier, younger than a second, still does not fit where it was queued, and even the
// smallest answer touches that wall. May: both only touch the same wall; whether the earlier counts
// as waiting there, and whether a clamp then comes down to nothing there, the rules leave open.
bool LedgerModel::yields(const PlaceHold& request, std::size_t before, bool must) const {
  std::set<std::string> mine;
  for (std::size_t i = 0; i < before && i < waiters.size(); ++i) {
    const Waiter& earlier = waiters[i];
    if (now - earlier.since >= kPrecedence) continue;
    if (mine.empty()) mine = touches(request, must ? Reach::least : Reach::most);
    for (const std::string& key : touches(earlier.request, must ? Reach::full : Reach::most)) {
      if (mine.contains(key) && (!must || earlier.queued_at.contains(key))) return true;
    }
  }
  return false;
}

}  // namespace ringfence::model
