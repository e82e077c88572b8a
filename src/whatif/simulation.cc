// SPDX-License-Identifier: Apache-2.0
#include "whatif/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/path.h"

namespace ringfence {
namespace {

constexpr std::size_t kRefusedKindsKept = 1'000'000;

std::string kind_of(const std::string& run, const std::string& operation, Reason reason,
                    const std::string& wall_key) {
  return run + "\n" + operation + "\n" + std::string(to_string(reason)) + "\n" + wall_key;
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const Policy> before, std::shared_ptr<const Policy> after,
                       const UnitTable& units, SimulationScope scope)
    : units_(units),
      scope_(scope),
      follow_record_(before == nullptr),
      after_(std::move(after), units, Replay::Refusals::spend) {
  if (before != nullptr) {
    before_.emplace(std::move(before), units, Replay::Refusals::spend_nothing);
  }
}

void Simulation::follow(const PolicyAdopted& adopted, Time at) {
  auto policy = Policy::compile(parts_.document_of(adopted), "the recorded policy");
  if (!policy) {
    ++unreadable_policies_;
  } else if (before_) {
    before_->adopt(*std::move(policy), at);
  } else {
    before_.emplace(*std::move(policy), units_, Replay::Refusals::spend_nothing);
  }
}

std::optional<Simulation::Decision> Simulation::decision_of(const Event& event) {
  Decision decision;
  decision.fact.time = event.time;
  if (const auto* opened = std::get_if<HoldOpened>(&event.body)) {
    decision.allowed = true;
    decision.fact.decision_id = opened->decision_id;
    decision.fact.account = parent_path(opened->account);
    decision.fact.operation = opened->operation;
    decision.usd_nano = opened->need.get(kUsd);
    return decision;
  }
  if (const auto* refused = std::get_if<Refused>(&event.body)) {
    if (beyond_policy(refused->reason)) return std::nullopt;
    decision.fact.decision_id = refused->decision_id;
    decision.fact.account = parent_path(refused->account);
    decision.fact.operation = refused->operation;
    Refusal refusal;
    refusal.sentence = refused->sentence;
    refusal.wall = refused->wall;
    decision.reason = to_string(refused->reason);
    decision.because = cause_of(refusal);
    if (refused->wall && refused->wall->unit == units_.name(kUsd)) {
      decision.usd_nano = refused->wall->need;
    }
    if (refused_kinds_.size() >= kRefusedKindsKept) refused_kinds_.clear();
    refused_kinds_[kind_of(refused->run_id, refused->operation, refused->reason,
                           refused->wall_key)] = decision;
    return decision;
  }
  const auto* again = std::get_if<RefusedAgain>(&event.body);
  if (again == nullptr) return std::nullopt;
  const auto first =
      refused_kinds_.find(kind_of(again->run_id, again->operation, again->reason, again->wall_key));
  if (first == refused_kinds_.end()) return std::nullopt;
  decision = first->second;
  decision.fact.time = event.time;
  decision.fact.decision_id = again->first_decision_id;
  decision.count = again->count;
  return decision;
}

void Simulation::feed(const Event& event) {
  if (event.time > scope_.until) return;
  ++report_.events;
  if (const auto* piece = std::get_if<PolicyText>(&event.body)) return parts_.add(*piece);
  if (const auto* adopted = std::get_if<PolicyAdopted>(&event.body)) {
    if (follow_record_) follow(*adopted, event.time);
    return;
  }
  if (const auto* refused = std::get_if<Refused>(&event.body)) {
    if (beyond_policy(refused->reason)) {
      if (event.time >= scope_.since) ++report_.refused;
      return;
    }
  }
  const auto decision = decision_of(event);
  const auto before = before_ ? before_->feed(event) : std::nullopt;
  // Refused for what the record does not tell: nothing is known of what would follow.
  const bool stands = decision && !decision->allowed && before && before->allowed_count > 0;
  const auto after = stands ? before : after_.feed(event);
  if (const auto* resolved = std::get_if<HoldResolved>(&event.body)) charged(*resolved);
  if (!decision || !after || event.time < scope_.since) return;
  const auto* opened = std::get_if<HoldOpened>(&event.body);
  Outcome recorded;
  recorded.allowed = decision->allowed;
  recorded.allowed_count = decision->allowed ? decision->count : 0;
  compare(*decision, before ? *before : recorded, *after,
          opened == nullptr ? 0 : opened->hold.number);
}

void Simulation::compare(const Decision& then, const Outcome& before, const Outcome& after,
                         std::uint64_t hold) {
  (then.allowed ? report_.allowed : report_.refused) += then.count;
  const bool reproduced =
      then.allowed == before.allowed && (then.allowed || before.allowed_count == 0);
  if (!reproduced) {
    report_.not_reproduced += then.count;
    return;
  }
  if (then.allowed) {
    if (!after.allowed) return changed(then, after, 1, hold);
    report_.clamped += after.clamped && !before.clamped ? 1 : 0;
    return;
  }
  if (after.allowed_count > 0) changed(then, after, after.allowed_count, 0);
  if (after.refusal && before.refusal && after.refusal->reason != before.refusal->reason) {
    report_.other_reason += then.count - after.allowed_count;
  }
}

void Simulation::changed(const Decision& then, const Outcome& after, std::int64_t count,
                         std::uint64_t hold) {
  const bool allowed_now = !then.allowed;
  (allowed_now ? report_.refused_to_allowed : report_.allowed_to_refused) += count;
  const std::string reason =
      allowed_now ? then.reason : std::string(to_string(after.refusal->reason));
  const std::string& because = allowed_now ? then.because : after.because;
  const auto [at, fresh] = group_of_.try_emplace(
      std::tuple(allowed_now, reason, because, then.fact.account), report_.groups.size());
  if (fresh && report_.groups.size() >= kChangeGroupsMax) {
    report_.groups_cut = true;
    group_of_.erase(at);
    return;
  }
  if (fresh)
    report_.groups.push_back({allowed_now, reason, because, then.fact.account, 0, 0, 0, {}});
  ChangeGroup& group = report_.groups[at->second];
  group.count += count;
  if (group.examples.size() < scope_.examples) group.examples.push_back(then.fact);
  if (!allowed_now) {
    saved_[hold] = {at->second, then.usd_nano.value_or(0)};  // until it is settled
  } else if (then.usd_nano) {
    group.usd_nano = saturating_add(group.usd_nano, saturating_mul(*then.usd_nano, count));
  } else {
    group.amount_unknown += count;
  }
}

// What an operation cost in truth is what its last settle or correction says.
void Simulation::charged(const HoldResolved& resolved) {
  const auto saved = saved_.find(resolved.hold.number);
  if (saved != saved_.end()) saved->second.usd_nano = resolved.charged.get(kUsd);
}

SimulationReport Simulation::finish() {
  for (const auto& [hold, saved] : saved_) {
    ChangeGroup& group = report_.groups[saved.group];
    group.usd_nano = saturating_add(group.usd_nano, saved.usd_nano);
  }
  for (const ChangeGroup& group : report_.groups) {
    std::int64_t& total = group.allowed_now ? report_.added_usd_nano : report_.saved_usd_nano;
    total = saturating_add(total, group.usd_nano);
    report_.added_unknown += group.amount_unknown;
  }
  std::ranges::stable_sort(report_.groups, std::greater{}, &ChangeGroup::count);
  report_.caveats = {
      "agents would have acted otherwise after another answer; here they go on as they did",
      "arguments are not in the record: a rule on them refuses what is asked here without any; "
      "guards "
      "are taken to allow, and nobody is asked for approval",
      "what a refused request needed is known at the wall that refused it alone, and what it would "
      "have used not at all: it counts as its need, at once",
      "prices are those at which operations were held; a lower output cap is counted as such, what "
      "the shorter answer would have cost is not"};
  if (report_.not_reproduced > 0) {
    report_.caveats.push_back(fmt::format(
        "{} decisions could not be reproduced under the policy before, and are not counted as "
        "changed: the record lacks what they looked at",
        report_.not_reproduced));
  }
  if (unreadable_policies_ > 0) {
    report_.caveats.push_back(fmt::format(
        "{} recorded policies cannot be read by this version; the one before each was taken",
        unreadable_policies_));
  }
  if (report_.groups_cut) {
    report_.caveats.push_back(fmt::format(
        "only the first {} groups are listed; the totals are of all", kChangeGroupsMax));
  }
  return std::move(report_);
}

}  // namespace ringfence
