// SPDX-License-Identifier: Apache-2.0
// What the engine's plain values consist of, for base/packed.h.
//
// Contract: each names all members of its struct, but those that are transient; one that is new
// does not compile until it is named here too. Any change here is a new kSnapshotVersion.
#pragma once

#include "engine/approvals.h"
#include "engine/state.h"
#include "ledger/ledger_fields.h"

namespace ringfence {

constexpr std::size_t count_of(HoldState) { return static_cast<std::size_t>(HoldState::cut) + 1; }
constexpr std::size_t count_of(PolicySource) {
  return static_cast<std::size_t>(PolicySource::api) + 1;
}
constexpr std::size_t count_of(Reason) { return kReasons; }

// ---- of policies and runs

template <class Packed>
void fields(Packed& packed, MaybeConst<PolicyVersion> auto& version) {
  auto& [number, seq, adopted, sha256, actor, source] = version;
  packed(number, seq, adopted, sha256, actor, source);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Identity> auto& identity) {
  auto& [user, team, org, session] = identity;
  packed(user, team, org, session);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<EnvironmentRule> auto& env) {
  auto& [memory_bytes, cpu_millis, pids, timeout] = env;
  packed(memory_bytes, cpu_millis, pids, timeout);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<RunStarted> auto& e) {
  auto& [run_id, account, parent_run, actor, hard_end, lease_until, lease, budgets, operations,
         labels, identity, unsupervised, env] = e;
  packed(run_id, account, parent_run, actor, hard_end, lease_until, lease, budgets, operations,
         labels, identity, unsupervised, env);
}

// ---- of refusals

template <class Packed>
void fields(Packed& packed, MaybeConst<WallState> auto& wall) {
  auto& [name, account, unit, window, cap, settled, held, need, resets_at, scale] = wall;
  packed(name, account, unit, window, cap, settled, held, need, resets_at, scale);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<ApprovalNote> auto& note) {
  auto& [id, state, expires_at, comment] = note;
  packed(id, state, expires_at, comment);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Refusal> auto& refusal) {
  auto& [reason, sentence, field, wall, retry_after, fits, approval, downgrade, decision_id] =
      refusal;
  packed(reason, sentence, field, wall, retry_after, fits, approval, downgrade, decision_id);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<KeptAnswer> auto& kept) {
  auto& [digest, hold, refusal] = kept;
  packed(digest, hold, refusal);
}

// ---- of halts

template <class Packed>
void fields(Packed& packed, MaybeConst<Halted> auto& e) {
  auto& [halt_id, account, operation, actor, reason, everything] = e;
  packed(halt_id, account, operation, actor, reason, everything);
}

// ---- of approvals

template <class Packed>
void fields(Packed& packed, MaybeConst<ApprovalRequested> auto& e) {
  auto& [approval, run_id, account, operation, further, action, args_digest, has_args, need, rules,
         walls, approvers, quorum, uses, expires_at, policy, decision_id] = e;
  packed(approval, run_id, account, operation, further, action, args_digest, has_args, need, rules,
         walls, approvers, quorum, uses, expires_at, policy, decision_id);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<GivenApproval> auto& given) {
  auto& [actor, comment, groups, at] = given;
  packed(actor, comment, groups, at);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<ApprovalRefused> auto& e) {
  auto& [approval, run_id, account, actor, comment, cause] = e;
  packed(approval, run_id, account, actor, comment, cause);
}
template <class Packed>
void fields(Packed& packed, MaybeConst<Approval> auto& approval) {
  auto& [fact, number, asked, given, uses_left, until, decided_at, refusal, forget_at] = approval;
  packed(fact, number, asked, given, uses_left, until, decided_at, refusal, forget_at);
}

// ---- of holds

// Its run is the one at the hold's account; `placed_as` is transient.
template <class Packed>
void fields(Packed& packed, MaybeConst<HoldFact> auto& fact) {
  auto& [run, operation, holder, further, physical_max, output_cap, clamped, decision_id, approval,
         state, by_holder, stated, claimed, late, uncertain, implausible, changed, placed_as] =
      fact;
  packed(operation, holder, further, physical_max, output_cap, clamped, decision_id, approval,
         state, by_holder, stated, claimed, late, uncertain, implausible, changed);
}

}  // namespace ringfence
