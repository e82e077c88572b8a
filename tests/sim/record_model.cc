// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/record_model.h"

#include <fmt/format.h>

#include "base/path.h"

namespace ringfence::sim {
namespace {

constexpr Duration kRemembered = Duration::hours(24);

}  // namespace

using model::Wall;
using model::WallSpec;

std::string RecordModel::feed(const Event& event) {
  last_seq_ = event.seq;
  ledger_.now = event.time;
  fold_.feed(event);
  std::string wrong = std::visit([&](const auto& body) { return take(body, event); }, event.body);
  if (wrong.empty()) return wrong;
  return fmt::format("event {} ({}): {}", event.seq, event_type(event.body), wrong);
}

// ---- what events say

std::string RecordModel::take(const PolicyAdopted& adopted, const Event&) {
  const auto found = policies_->find(adopted.sha256);
  if (found == policies_->end()) return "a policy that nobody gave";
  ledger_.policy = found->second;
  return {};
}

std::string RecordModel::take(const MeterOpened& opened, const Event&) {
  meters_[opened.meter.number] = {opened.wall, opened.unit, opened.subject, opened.window};
  return {};
}

std::string RecordModel::take(const RunStarted& started, const Event& event) {
  model::Run run;
  run.id = started.run_id;
  run.account = started.account;
  run.parent = started.parent_run;
  run.agent = std::string(parent_path(started.account));
  run.user = started.identity.user;
  run.chain = {run.account};
  if (const auto parent = ledger_.runs.find(run.parent); parent != ledger_.runs.end()) {
    run.agent = parent->second.agent;
    run.chain.insert(run.chain.end(), parent->second.chain.begin(), parent->second.chain.end());
  }
  for (const auto& [unit, cap] : started.budgets) {
    WallSpec wall;
    wall.unit = units_.find(unit).value();
    if (wall.unit != kConcurrent) wall.window.kind = WindowKind::run;
    wall.cap = cap;
    wall.since = event.time;
    run.budgets.push_back(wall);
  }
  const bool fresh = ledger_.runs.emplace(run.id, run).second;
  return fresh ? "" : "the run " + run.id + " is started twice";
}

std::string RecordModel::take(const HoldOpened& opened, const Event& event) {
  const auto run = ledger_.runs.find(opened.run_id);
  if (run == ledger_.runs.end()) return "a hold of no run";
  if (!opened.key.empty()) {
    const auto [bound, fresh] = keys_.try_emplace({opened.run_id, opened.key}, opened.hold);
    if (!fresh) return fmt::format("hold {} has this key already", bound->second.number);
  }
  model::Hold hold;
  hold.id = opened.hold;
  hold.run = &run->second;
  hold.operation = opened.operation;
  hold.holder = opened.holder;
  hold.need = opened.need;
  hold.opened = event.time;
  hold.deadline = opened.deadline;
  ledger_.holds.push_back(hold);
  return check_room(hold, hold.need, event.time);
}

std::string RecordModel::take(const HoldExtended& extended, const Event& event) {
  model::Hold* hold = ledger_.find(extended.hold);
  if (hold == nullptr) return "an extension of no hold";
  extended.added.for_each(
      [&](Unit unit, std::int64_t more) { hold->need.set(unit, hold->need.get(unit) + more); });
  hold->deadline = extended.deadline;
  return hold->open ? check_room(*hold, extended.added, event.time) : "";
}

std::string RecordModel::take(const HoldResolved& resolved, const Event& event) {
  model::Hold* hold = ledger_.find(resolved.hold);
  if (hold == nullptr) return "a resolution of no hold";
  const bool by_holder = !resolved.corrected && resolved.actor == hold->holder;
  if (!hold->open && !by_holder && !resolved.corrected) return "resolved twice";
  if (by_holder && std::exchange(said_by_holder_[hold->id.number], true)) {
    return "its holder settled it twice";
  }
  if (hold->open) hold->resolved = event.time;
  hold->open = false;
  hold->state = resolved.state;
  hold->charged = resolved.charged;
  return {};
}

std::string RecordModel::take(const Raised& raised, const Event&) {
  const auto meter = meters_.find(raised.meter.number);
  if (meter == meters_.end()) return "a raise at no meter";
  const auto wall = wall_named(meter->second.wall, meter->second.subject,
                               units_.find(meter->second.unit).value(), meter->second.window);
  if (!wall) return "a raise at no wall";
  ledger_.raises[wall->key()] = {raised.cap, raised.until, *wall};
  raised_[raised.meter.number] = wall->key();
  return {};
}

std::string RecordModel::take(const RaiseEnded& ended, const Event&) {
  if (const auto found = raised_.find(ended.meter.number); found != raised_.end()) {
    ledger_.raises.erase(found->second);
    raised_.erase(found);
  }
  return {};
}

std::string RecordModel::take(const Halted& halted, const Event& event) {
  halts_[halted.halt_id] = event.time;
  return {};
}

// ---- what must hold

bool RecordModel::may_be_forgotten(HoldId id) {
  const model::Hold* hold = ledger_.find(id);
  return hold != nullptr && !hold->open && ledger_.now - hold->resolved >= kRemembered;
}

std::string RecordModel::check_room(const model::Hold& hold, const Amounts& added, Time now) {
  for (const Wall& wall : ledger_.walls_of(*hold.run, hold.operation)) {
    if (added.get(wall.rule.unit) <= 0 || wall.rule.mode == model::Mode::warn) continue;
    const Window& window = wall.rule.window;
    if (window.calendar() && !window_at(window, now, Zone()).contains(hold.opened)) continue;
    const std::int64_t settled = ledger_.settled(wall, now);
    const std::int64_t held = ledger_.held(wall, now);
    const std::int64_t cap = ledger_.cap(wall);
    if (settled + held <= cap) continue;
    return fmt::format("P1: hold {} is allowed, and {} has {} + {} of {}", hold.id.number,
                       wall.key(), settled, held, cap);
  }
  return {};
}

std::optional<Wall> RecordModel::wall_named(const std::string& name, const std::string& subject,
                                            Unit unit, const Window& window) const {
  if (name == "budget") {
    for (const Wall& each : ledger_.budgets_at(subject)) {
      if (each.rule.unit == unit && each.rule.window == window) return each;
    }
    return std::nullopt;
  }
  for (const WallSpec& rule : ledger_.policy.walls) {
    if (rule.name == name && rule.unit == unit && rule.window == window) return Wall{rule, subject};
  }
  return std::nullopt;
}

std::string RecordModel::compare(const std::map<testing::MeterName, MeterView>& meters, Time now) {
  ledger_.now = now;
  for (const auto& [name, view] : meters) {
    const auto wall = wall_named(name.wall, name.subject, view.unit, view.window);
    if (!wall) return "a meter that no rule makes: " + name.text();
    const std::int64_t settled = ledger_.settled(*wall, now);
    const std::int64_t held = ledger_.held(*wall, now);
    const std::int64_t cap = ledger_.cap(*wall);
    if (view.settled == settled && view.held == held && view.cap == cap) continue;
    return fmt::format("P2: {} shows {} + {} of {}, by the record {} + {} of {}", name.text(),
                       view.settled, view.held, view.cap, settled, held, cap);
  }
  return {};
}

std::string RecordModel::compare_at_rest(const std::map<testing::MeterName, MeterView>& meters,
                                         Time now) const {
  for (const auto& [name, view] : meters) {
    if (view.window.kind == WindowKind::rolling) continue;  // the fold does not cut them
    std::int64_t settled = 0;
    for (const auto& [id, meter] : fold_.meters()) {
      const bool same = meter.wall == name.wall && meter.unit == name.unit &&
                        meter.subject == name.subject && meter.window == view.window;
      if (same && meter.span.contains(now)) settled = meter.settled;
    }
    if (settled == view.settled && view.held == 0) continue;
    return fmt::format("P2: at rest {} shows {} + {}, the record adds up to {}", name.text(),
                       view.settled, view.held, settled);
  }
  return {};
}

std::string RecordModel::judge(const Refusal& refusal, Time now) {
  const bool final = refusal.reason == Reason::exhausted || refusal.reason == Reason::too_large;
  if (!final || !refusal.wall) return {};
  ledger_.now = now;
  const WallState& at = *refusal.wall;
  const auto wall = wall_named(at.name, at.account, units_.find(at.unit).value(), at.window);
  if (!wall) return "a refusal at no wall: " + at.name + " of " + at.account;
  const std::int64_t left = ledger_.cap(*wall) - ledger_.settled(*wall, now);
  if (at.need > left) return {};
  return fmt::format("P2: {} of {} is refused as {}, and {} is left", at.need, wall->key(),
                     to_string(refusal.reason), left);
}

}  // namespace ringfence::sim
