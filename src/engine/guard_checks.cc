// SPDX-License-Identifier: Apache-2.0
// What the guards of an operation said, and that all of them were asked: an edge that forgets one
// cannot allow anything.
#include <fmt/format.h>

#include <algorithm>

#include "engine/step.h"

namespace ringfence {
namespace {

// Indexes into Policy::guards() of all that match one of the operations, ascending, each once.
std::vector<std::uint32_t> guards_of(std::span<const KnownOperation* const> operations) {
  std::vector<std::uint32_t> guards;
  for (const KnownOperation* operation : operations) {
    guards.insert(guards.end(), operation->guards().begin(), operation->guards().end());
  }
  std::ranges::sort(guards);
  const auto repeated = std::ranges::unique(guards);
  guards.erase(repeated.begin(), repeated.end());
  return guards;
}

// Under this rule and no other version of it.
const GuardAnswer* answer_of(const GuardRule& rule, const PlaceHold& request) {
  const auto found = std::ranges::find_if(request.guards, [&](const GuardAnswer& answer) {
    return answer.guard == rule.name && answer.fingerprint == rule.fingerprint;
  });
  return found == request.guards.end() ? nullptr : &*found;
}

std::string denial(const GuardAnswer& answer) {
  if (answer.message.empty()) {
    return fmt::format("Denied by the guard {}. Do not retry.", answer.guard);
  }
  return fmt::format("Denied by the guard {}: {}", answer.guard, answer.message);
}

}  // namespace

// The strictest of their answers. What one of them denies is denied, also when another was not
// asked.
std::optional<Refusal> Step::check_guards(const PlaceHold& request, Cleared& cleared) const {
  const std::vector<GuardRule>& rules = s_.policy->guards();
  if (rules.empty()) return std::nullopt;
  std::optional<Refusal> missing;
  for (const std::uint32_t index : guards_of(cleared.operations)) {
    const GuardRule& rule = rules[index];
    const GuardAnswer* answer = answer_of(rule, request);
    if (answer == nullptr) {
      if (missing) continue;
      missing = refuse(Reason::unverifiable,
                       fmt::format("The guard {} was not asked; retry.", rule.name));
    } else if (answer->decision == GuardDecision::deny) {
      return refuse(Reason::denied, denial(*answer));
    } else if (answer->decision == GuardDecision::ask) {
      cleared.asking_guards.push_back(rule.name);
    }
  }
  return missing;
}

std::optional<GuardScene> Engine::guard_scene(const PlaceHold& request, Now now) const {
  if (state_->policy->guards().empty()) return std::nullopt;
  now.time = std::max(now.time, state_->last_time);
  const Run* run = state_->find_run(request.run_id);
  if (run == nullptr || run->keys.contains(request.idempotency_key)) return std::nullopt;
  Output nothing;
  const Step step(*state_, now, nothing);
  std::vector<std::string> texts{request.operation};
  texts.insert(texts.end(), request.further.begin(), request.further.end());
  std::vector<const KnownOperation*> operations;
  GuardScene scene;
  for (const std::string& text : texts) {
    const auto known = state_->known.find(text, *state_->policy);
    if (!known || step.forbids(run, **known)) return std::nullopt;
    operations.push_back(*known);
    scene.operations.push_back((*known)->text());
  }
  scene.guards = guards_of(operations);
  if (scene.guards.empty()) return std::nullopt;
  scene.policy = state_->policy;
  scene.account = run->fact.account;
  scene.identity = run->fact.identity;
  scene.labels = run->fact.labels;
  return scene;
}

}  // namespace ringfence
