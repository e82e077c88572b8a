// SPDX-License-Identifier: Apache-2.0
// What commands do to the model.
#include <algorithm>

#include "base/path.h"
#include "tests/property/ledger_model.h"

namespace ringfence::model {
namespace {

std::int64_t whole_ms(Duration d) { return (d.us + 999) / 1'000; }

bool binds(Reason reason) {
  switch (reason) {
    case Reason::busy:
    case Reason::throttled:
    case Reason::unverifiable:
    case Reason::invalid:
    case Reason::conflict:
    case Reason::credential_expired: return false;
    default: return true;
  }
}

Amounts zero_of(const Amounts& need) {
  Amounts zero;
  need.for_each([&](Unit unit, std::int64_t) { zero.set(unit, 0); });
  return zero;
}

}  // namespace

// ---- runs

std::optional<Reason> LedgerModel::refuses_run(const StartRun& start) const {
  std::string account = start.account;
  if (!start.parent_run.empty()) {
    if (const auto reason = credential(start.parent_run)) return reason;
    account = runs.at(start.parent_run).account;
    for (const RunBudget& budget : start.budgets) {
      for (std::string_view at = account; !at.empty(); at = parent_path(at)) {
        for (const Wall& wall : budgets_at(std::string(at))) {
          const bool same = wall.rule.unit == budget.unit && wall.rule.mode != Mode::warn;
          if (same && budget.cap > level(wall, now).free) return Reason::too_large;
        }
      }
    }
  }
  for (const auto& [id, halt] : halts) {
    if (halt.everything) return Reason::halted;
    if (halt.operation.empty() && path_within(account, halt.account)) return Reason::halted;
  }
  for (const auto& [paused, cause] : pauses) {
    if (path_within(account, paused)) return Reason::paused;
  }
  const auto bounds = [](Unit unit) { return unit == kUsd || unit == kTokens || unit == kCalls; };
  const bool own =
      std::ranges::any_of(start.budgets, [&](const auto& b) { return bounds(b.unit); });
  const bool role = std::ranges::any_of(policy.run_budgets, [&](const WallSpec& wall) {
    return bounds(wall.unit) && wall.mode != Mode::warn;
  });
  if (!own && !role && !has_wall(account)) return Reason::no_wall;
  return std::nullopt;
}

void LedgerModel::start_run(const StartRun& start, const RunReply& reply) {
  Run run;
  run.id = start.run_id;
  run.account = reply.account;
  run.parent = start.parent_run;
  run.chain = {run.account};
  run.agent = start.account;
  run.user = start.identity.user;
  run.hard_end = now + start.ttl.value_or(policy.max_age);
  if (const auto parent = runs.find(run.parent); parent != runs.end()) {
    run.agent = parent->second.agent;
    run.user = parent->second.user;
    run.hard_end = std::min(run.hard_end, parent->second.hard_end);
    run.chain.insert(run.chain.end(), parent->second.chain.begin(), parent->second.chain.end());
  }
  run.lease = policy.lease;
  run.lease_until = now + run.lease;
  for (const RunBudget& budget : start.budgets) {
    WallSpec wall;
    wall.unit = budget.unit;
    if (budget.unit != kConcurrent) wall.window.kind = WindowKind::run;
    wall.cap = budget.cap;
    run.budgets.push_back(wall);
  }
  runs.emplace(run.id, std::move(run));
}

void LedgerModel::end_run(const std::string& account_prefix, bool revoked) {
  for (auto& [id, run] : runs) {
    if (run.ended || !path_within(run.account, account_prefix)) continue;
    run.ended = true;
    run.ended_at = now;
    run.revoked = revoked;
  }
}

// ---- holds

Hold* LedgerModel::find(HoldId id) {
  const auto found = std::ranges::find(holds, id, &Hold::id);
  return found == holds.end() ? nullptr : &*found;
}

std::optional<LedgerModel::Kept> LedgerModel::kept(const PlaceHold& request) const {
  if (request.idempotency_key.empty() || credential(request.run_id)) return std::nullopt;
  const auto found = keys.find({request.run_id, request.idempotency_key});
  return found == keys.end() ? std::nullopt : std::optional(found->second);
}

void LedgerModel::place(Ticket ticket, const PlaceHold& request, const Verdict& verdict,
                        HoldId id) {
  Hold hold;
  hold.id = id;
  hold.ticket = ticket;
  hold.run = &runs.at(request.run_id);
  hold.operation = request.operation;
  hold.holder = request.holder;
  hold.need = verdict.need;
  hold.physical_max = request.physical_max;
  hold.opened = now;
  hold.deadline = now + request.ttl;
  holds.push_back(std::move(hold));
  if (!request.idempotency_key.empty()) {
    keys[{request.run_id, request.idempotency_key}] = {request.request_digest, id, {}};
  }
}

// Each exhausted wall that pauses has its pause: a budget's own account, else the run's.
void LedgerModel::refuse(const PlaceHold& request, const Verdict& verdict) {
  if (!request.idempotency_key.empty() && binds(verdict.reason)) {
    keys[{request.run_id, request.idempotency_key}] = {request.request_digest, {}, verdict.reason};
  }
  if (verdict.reason != Reason::exhausted) return;
  for (const Wall& wall : verdict.exhausted) {
    if (wall.rule.mode != Mode::pause) continue;
    const bool budget = wall.rule.name == "budget";
    pauses.insert({budget ? wall.subject : runs.at(request.run_id).account, wall.key()});
  }
}

// What is missing counts as held; what a run says of itself is worth at least its price.
Amounts LedgerModel::complete_actual(const Hold& hold, const Amounts& stated) const {
  Amounts actual = stated;
  const bool input = stated.has(kInputTokens);
  const bool output = stated.has(kOutputTokens);
  const bool total = stated.has(kTokens);
  if (!total && input && !output && hold.need.has(kOutputTokens)) {
    actual.set(kOutputTokens, hold.need.get(kOutputTokens));
  }
  if (!total && output && !input && hold.need.has(kInputTokens)) {
    actual.set(kInputTokens, hold.need.get(kInputTokens));
  }
  const std::int64_t known = actual.get(kInputTokens) + actual.get(kOutputTokens);
  if (input || output) actual.raise_to(kTokens, known);
  const std::int64_t calls = stated.has(kCalls) ? stated.get(kCalls) : hold.need.get(kCalls);
  actual.set(kCalls, std::max<std::int64_t>(1, calls));
  const FlatPrice* price = price_of(hold.operation);
  if (price != nullptr && hold.holder != kGatewayHolder) {
    const bool tokens = input || output || total;
    const bool by_call = price->input_pico == 0 && price->output_pico == 0;
    if (tokens || stated.has(kUsd) || (by_call && stated.has(kCalls))) {
      const std::int64_t rest = std::max<std::int64_t>(0, actual.get(kTokens) - known);
      const __int128 pico =
          static_cast<__int128>(price->input_pico) * actual.get(kInputTokens) +
          static_cast<__int128>(price->output_pico) * (actual.get(kOutputTokens) + rest) +
          static_cast<__int128>(price->call_pico) * actual.get(kCalls);
      actual.raise_to(kUsd, static_cast<std::int64_t>((pico + 500) / 1'000));
    }
  }
  hold.need.for_each([&](Unit unit, std::int64_t held) {
    if (!actual.has(unit)) actual.set(unit, held);
  });
  const Time end = hold.open ? now : hold.resolved;
  actual.set(kSeconds, std::min(whole_ms(end - hold.opened), hold.need.get(kSeconds)));
  actual.set(kConcurrent, 0);
  return actual;
}

void LedgerModel::close(Hold& hold, HoldState state) {
  hold.charged = complete_actual(hold, Amounts{});
  hold.open = false;
  hold.resolved = now;
  hold.state = state;
}

void LedgerModel::release(Hold& hold) {
  hold.charged = zero_of(hold.need);
  hold.open = false;
  hold.resolved = now;
  hold.state = HoldState::released;
}

std::variant<HoldState, Reason> LedgerModel::resolve(const ResolveHold& command) {
  Hold* hold = find(command.hold);
  if (hold == nullptr) return Reason::not_found;
  if (hold->holder != command.holder) return Reason::forbidden;
  const bool releases = command.ending == Ending::release;
  const Amounts stated = releases ? zero_of(hold->need) : complete_actual(*hold, command.actual);
  Amounts content = stated;
  content.clear(kSeconds);
  if (hold->by_holder) {
    if (content == hold->stated) return hold->state;
    return Reason::conflict;
  }
  hold->by_holder = true;
  hold->stated = content;
  hold->charged = stated;
  hold->state = releases                        ? HoldState::released
                : command.ending == Ending::cut ? HoldState::cut
                                                : HoldState::settled;
  bool over = false;
  stated.for_each([&](Unit unit, std::int64_t amount) {
    const std::int64_t held = hold->need.get(unit);
    if (amount <= held || releases) return;
    if (command.ending == Ending::cut) {
      hold->charged.set(unit, held);
      return;
    }
    over = true;
    if (hold->holder != kGatewayHolder) {
      hold->charged.set(unit, held);
    } else if (hold->physical_max.has(unit)) {
      const std::int64_t most = std::max(held, hold->physical_max.get(unit));
      hold->charged.set(unit, std::min(amount, most));
    }
  });
  if (over) hold->state = HoldState::overrun;
  if (over && hold->holder != kGatewayHolder) pauses.insert({hold->run->account, "anomaly"});
  if (hold->open) hold->resolved = now;
  hold->open = false;
  return hold->state;
}

std::optional<Reason> LedgerModel::extend(const ExtendHold& command) {
  Hold* hold = find(command.hold);
  if (hold == nullptr) return Reason::not_found;
  if (hold->holder != command.holder) return Reason::forbidden;
  if (!hold->open) return Reason::conflict;
  if (const auto reason = credential(hold->run->id)) return reason;
  if (const auto reason = stopped(*hold->run, hold->operation)) return reason;
  Amounts added = command.need;
  const std::int64_t known = added.get(kInputTokens) + added.get(kOutputTokens);
  if (added.has(kInputTokens) || added.has(kOutputTokens)) added.raise_to(kTokens, known);
  const FlatPrice* price = price_of(hold->operation);
  if (price != nullptr && hold->holder != kGatewayHolder) {
    const std::int64_t rest = std::max<std::int64_t>(0, added.get(kTokens) - known);
    const __int128 pico =
        static_cast<__int128>(price->input_pico) * added.get(kInputTokens) +
        static_cast<__int128>(price->output_pico) * (added.get(kOutputTokens) + rest) +
        static_cast<__int128>(price->call_pico) * added.get(kCalls);
    const auto cost = static_cast<std::int64_t>((pico + 999) / 1'000);
    if (cost > 0) added.raise_to(kUsd, cost);
  }
  Time deadline = hold->deadline;
  if (command.ttl) deadline = std::max(deadline, now + *command.ttl);
  added.set(kSeconds, whole_ms(deadline - hold->deadline));

  Standing worst = Standing::fits;
  for (const Wall& wall : walls_of(*hold->run, hold->operation)) {
    const std::int64_t need = added.get(wall.rule.unit);
    if (need <= 0 || wall.rule.mode == Mode::warn) continue;
    const Window& window = wall.rule.window;
    // A wall has no part in what was opened in a window before its first.
    if (window.calendar() && hold->opened < window_at(window, wall.rule.since, Zone()).start) {
      continue;
    }
    worst = std::max(worst, stand(wall, need, window.calendar() ? hold->opened : now));
  }
  if (worst != Standing::fits) {
    close(*hold, HoldState::cut);
    static constexpr Reason kReasons[] = {Reason::busy, Reason::busy, Reason::throttled,
                                          Reason::too_large, Reason::exhausted};
    return kReasons[static_cast<int>(worst)];
  }
  added.for_each(
      [&](Unit unit, std::int64_t more) { hold->need.set(unit, hold->need.get(unit) + more); });
  hold->deadline = deadline;
  return std::nullopt;
}

std::optional<Reason> LedgerModel::correct(const CorrectHold& command) {
  Hold* hold = find(command.hold);
  if (hold == nullptr) return Reason::not_found;
  if (hold->open) return Reason::conflict;
  command.actual.for_each([&](Unit unit, std::int64_t amount) { hold->charged.set(unit, amount); });
  return std::nullopt;
}

// ---- operators

std::optional<Reason> LedgerModel::refuses_raise(const RaiseCap& raise) const {
  for (const Wall& wall : budgets_at(raise.account)) {
    if (wall.rule.unit != raise.unit || wall.rule.window != raise.window) continue;
    const bool higher = raise.cap > cap(wall) && raise.cap > settled(wall, now) + held(wall, now);
    return higher ? std::nullopt : std::optional(Reason::invalid);
  }
  return Reason::not_found;
}

void LedgerModel::raise(const RaiseCap& command) {
  for (const Wall& wall : budgets_at(command.account)) {
    if (wall.rule.unit != command.unit || wall.rule.window != command.window) continue;
    const Time window_end = window_at(wall.rule.window, now, Zone()).end;
    const Time until = std::min(window_end, command.expires_at.value_or(Time::max()));
    raises[wall.key()] = {command.cap, until, wall};
    pauses.erase({command.account, wall.key()});
  }
}

void LedgerModel::halt(const PlaceHalt& command) {
  for (const auto& [id, have] : halts) {
    if (have.account == command.account && have.operation == command.operation &&
        have.everything == command.everything) {
      return;
    }
  }
  halts.emplace(command.halt_id, command);
  for (Hold& hold : holds) {
    if (hold.open && stopped(*hold.run, hold.operation) == Reason::halted) {
      close(hold, HoldState::cut);
    }
  }
  if (command.operation.empty()) end_run(command.everything ? "/" : command.account, true);
}

// ---- time

void LedgerModel::tick() {
  for (Hold& hold : holds) {
    if (hold.open && hold.deadline <= now) close(hold, HoldState::expired);
  }
  for (auto& [id, run] : runs) {
    if (run.ended || run.hard_end > now) continue;
    run.ended = true;
    run.ended_at = now;
  }
}

void LedgerModel::restart(std::optional<PolicySpec> changed) {
  waiters.clear();
  for (Hold& hold : holds) {
    hold.ticket = 0;
    if (hold.open && hold.holder == kGatewayHolder) close(hold, HoldState::expired);
  }
  if (changed) adopt(*std::move(changed));
}

void LedgerModel::adopt(PolicySpec changed) {
  policy = std::move(changed);
  // A raise ends when policy changes its budget.
  std::erase_if(raises, [&](const auto& each) {
    for (const Wall& wall : budgets_at(each.second.wall.subject)) {
      if (wall.key() == each.first) return wall.rule.cap != each.second.wall.rule.cap;
    }
    return true;
  });
}

}  // namespace ringfence::model
