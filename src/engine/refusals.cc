// SPDX-License-Identifier: Apache-2.0
// The record of refusals: the first of its kind is an event, repeats are flushed once a second
// (2-semantics, The record of refusals).
#include "base/path.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {
namespace {

std::string kind_key(const PlaceHold& request, const Refusal& refusal,
                     const std::string& wall_key) {
  std::string key = request.run_id;
  key += '\n';
  key += request.operation;
  key += '\n';
  key += to_hex(request.args_digest);
  key += '\n';
  key += to_string(refusal.reason);
  key += '\n';
  key += wall_key;
  if (refusal.approval) key += '\n' + refusal.approval->id;
  return key;
}

// Whether the same request gets this answer again: not where it was never understood, where its key
// is another request's, and where a renewed credential helps.
bool binds_key(Reason reason) {
  return is_final(reason) && reason != Reason::invalid && reason != Reason::conflict &&
         reason != Reason::credential_expired && reason != Reason::approval_mismatch;
}

std::string key_of(const std::optional<WallState>& wall) {
  if (!wall) return {};
  return wall->name + "|" + wall->unit + "|" + to_string(wall->window) + "|" + wall->account;
}

}  // namespace

Refusal Step::record(const PlaceHold& request, Refusal refusal,
                     const std::vector<WallId>& exhausted) {
  if (may_loop(refusal.reason) && loops_on_refusals(request)) refusal = refuse(Reason::loop);
  refusal.decision_id = next_decision_id();
  refusal.downgrade = downgrade_of(request, exhausted);
  const std::string wall_key = key_of(refusal.wall);
  const bool binds = !request.idempotency_key.empty() && binds_key(refusal.reason);
  if (s_.refusal_kinds.size() >= kRefusalKindsMax) flush_refusals();
  const auto [it, first] = s_.refusal_kinds.try_emplace(kind_key(request, refusal, wall_key));
  RefusalKind& kind = it->second;
  // Where a loop rule looks at it, so that having no arguments counts as the same ones.
  const bool looped = !s_.policy->loops().empty();
  const Digest args_digest = looped ? loop_digest(request.args_digest) : request.args_digest;
  if (!first && binds) tell(kind);
  if (first || binds) {
    Refused event;
    event.run_id = request.run_id;
    if (const Run* run = s_.find_run(request.run_id)) event.account = run->fact.account;
    event.operation = request.operation.substr(0, kOperationTextMax);
    event.sentence = clipped(refusal.sentence, kSentenceBytesMax);
    event.wall_key = wall_key;
    event.decision_id = refusal.decision_id;
    event.reason = refusal.reason;
    event.args_digest = args_digest;
    event.wall = refusal.wall;
    event.downgrade = refusal.downgrade;
    if (refusal.approval) event.approval = refusal.approval->id;
    if (binds) {
      event.key = request.idempotency_key;
      event.digest = request.request_digest;
    }
    emit(std::move(event));
    kind = {request.run_id, request.operation, wall_key, refusal.reason, args_digest, 0, {}, {}};
  } else {
    Run* run = s_.find_run(request.run_id);
    if (run != nullptr && may_loop(refusal.reason)) {
      run->loops.add_pending(loop_key(request.operation, args_digest));
    }
    if (kind.repeats++ == 0) kind.first_decision_id = refusal.decision_id;
    kind.last_decision_id = refusal.decision_id;
    if (!s_.refusals_pending) s_.refusals_flushed = now_.time;
    s_.refusals_pending = true;
  }
  for (const WallId wall : exhausted) {
    if (const Run* run = s_.find_run(request.run_id)) fire_consequence(wall, *run);
  }
  return refusal;
}

// What the first of the used-up walls that names a cheaper model names; none for that model itself.
std::string Step::downgrade_of(const PlaceHold& request,
                               const std::vector<WallId>& exhausted) const {
  if (!request.operation.starts_with("llm:")) return {};
  for (const WallId wall : exhausted) {
    const BoundRule& rule = s_.rules.at(s_.ledger.wall(wall).rule);
    if (!rule.downgrade.empty() && rule.downgrade != request.operation) return rule.downgrade;
  }
  return {};
}

void Step::tell(RefusalKind& kind) {
  if (kind.repeats == 0) return;
  emit(RefusedAgain{kind.run_id, kind.operation, kind.wall_key, kind.reason, kind.repeats,
                    kind.first_decision_id, kind.last_decision_id, kind.args_digest});
  kind.repeats = 0;
}

void Step::flush_refusals() {
  for (auto& [key, kind] : s_.refusal_kinds) tell(kind);
  if (s_.refusal_kinds.size() >= kRefusalKindsMax) s_.refusal_kinds.clear();
  s_.refusals_pending = false;
}

void Step::fire_consequence(WallId id, const Run& run) {
  if (s_.rules.at(s_.ledger.wall(id).rule).on_exceed != OnExceed::pause) return;
  const Wall& wall = s_.ledger.wall(id);
  // A budget pauses its own account; a limit, which may count across accounts, the run.
  const bool budget = wall.name == kBudgetWall;
  const std::string account(budget ? wall.subject : run.fact.account);
  const std::string key = wall.text();
  pause(account, "budget", key, "used up");
}

// The engine's own pauses; one that stands already changes nothing.
void Step::pause(const std::string& account, const std::string& cause, const std::string& wall,
                 const std::string& reason) {
  for (const Pause& have : s_.ledger.accounts.pauses(s_.ledger.accounts.find(account)->id)) {
    if (have.cause == cause && have.wall == wall) return;
  }
  emit(Paused{account, cause, wall, {}, reason});
  s_.all_dirty = true;
}

}  // namespace ringfence
