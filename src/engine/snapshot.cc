// SPDX-License-Identifier: Apache-2.0
// The recorded part of EngineState, family by family.
#include "engine/snapshot.h"

#include <algorithm>

#include "base/ensure.h"
#include "engine/state_fields.h"

namespace ringfence {
namespace {

constexpr std::size_t kTrailerBytes = sizeof(Digest);

void save_units(PackedWriter& out, const UnitTable& units) {
  std::vector<std::string> declared;
  for (std::size_t i = kBuiltInUnits; i < units.size(); ++i) {
    declared.push_back(units.name(Unit{static_cast<std::uint8_t>(i)}));
  }
  out(declared);
}

void load_units(PackedReader& in, UnitTable& units) {
  std::vector<std::string> declared;
  in(declared);
  for (const std::string& name : declared) {
    const std::size_t next = units.size();
    const auto unit = units.intern(name);
    if (!in.require(unit && unit->index == next, "a unit is declared once")) return;
  }
  in.limit_units(units.size());
}

void save_run(PackedWriter& out, const Run& run) {
  out(run.fact, run.started, run.lease_until, run.ended, run.revoked, run.ended_reason,
      run.ended_at, run.holds, run.refusals, run.settled, run.held);
  out.natural(run.keys.size());
  for (const auto* entry : by_key(run.keys)) out(entry->first, entry->second);
  run.loops.save(out);
}

void load_run(PackedReader& in, Run& run) {
  in(run.fact, run.started, run.lease_until, run.ended, run.revoked, run.ended_reason, run.ended_at,
     run.holds, run.refusals, run.settled, run.held);
  std::string before;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    std::string key;
    in(key);
    const bool follows = run.keys.empty() || before < key;
    if (!in.require(follows, "keys are in their order")) return;
    in(run.keys[key]);
    before = std::move(key);
  }
  run.loops.load(in);
}

}  // namespace

// ---- runs, in the order of their accounts

void EngineState::save_runs(PackedWriter& out) const {
  out.natural(runs.size());
  for (const Run* run : runs_by_account) {
    if (run != nullptr) save_run(out, *run);
  }
  out.natural(ended.size());
  for (const auto& [time, id] : ended) out(time, id);
}

void EngineState::load_runs(PackedReader& in) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    auto run = std::make_unique<Run>();
    load_run(in, *run);
    const Account* account = ledger.accounts.find(run->fact.account);
    const bool fits = account != nullptr && account->is_run && !runs.contains(run->fact.run_id) &&
                      account->id.index >= runs_by_account.size();
    if (!in.require(fits, "a run starts once, on its account")) return;
    const bool counted = std::ranges::all_of(run->fact.budgets, [this](const auto& budget) {
      return units.find(budget.first).has_value();
    });
    if (!in.require(counted, "a run's budget is in a known unit")) return;
    run->account = account->id;
    seat(std::move(run));
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    auto& [time, id] = ended.emplace_back();
    in(time, id);
  }
}

// ---- holds: what is known of those in the ledger, by number, then those that were put away

void EngineState::save_holds(PackedWriter& out) const {
  for (const HoldId id : ledger.holds_in_order()) out(fact_of(*ledger.find(id)));
  out(to_freeze);
  frozen.save(out);
}

void EngineState::load_holds(PackedReader& in) {
  const std::vector<HoldId> ids = ledger.holds_in_order();
  for (const HoldId id : ids) {
    const Hold& hold = *ledger.find(id);
    Run* run = run_at(hold.account);
    if (!in.require(run != nullptr, "a hold belongs to a run")) return;
    in(fresh_fact(hold, run));
  }
  in(to_freeze);
  frozen.load(in, [this](AccountId account) {
    Run* run = run_at(account);
    if (run != nullptr) ++run->known_holds;
    return run != nullptr;
  });
  std::vector<HoldId> resolved;
  for (const HoldId id : ids) {
    const Hold& hold = *ledger.find(id);
    if (!hold.open) resolved.push_back(id);
    if (!frozen.contains(id)) ++fact_of(hold).run->known_holds;
  }
  std::vector<HoldId> put_away_next = to_freeze;
  std::ranges::sort(put_away_next);
  in.require(put_away_next == resolved, "what is resolved is yet to be put away");
}

// ---- what people said

void EngineState::save_orders(PackedWriter& out) const {
  out.natural(halts.size());
  for (const auto& [id, halt] : halts) out(halt.fact, halt.placed);
  out.natural(cap_unproven.size());
  for (const std::string& operation : cap_unproven) out(operation);
  approvals.save(out);
  out(clock_stopped);
}

void EngineState::load_orders(PackedReader& in) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Halted fact;
    Time placed;
    in(fact, placed);
    const bool follows = halts.empty() || halts.rbegin()->first < fact.halt_id;
    if (!in.require(follows, "halts are in their order")) return;
    const std::string id = fact.halt_id;
    halts.emplace(id, halt_of(std::move(fact), placed));
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    std::string operation;
    in(operation);
    const bool follows = cap_unproven.empty() || *cap_unproven.rbegin() < operation;
    if (!in.require(follows, "operations are in their order")) return;
    cap_unproven.insert(std::move(operation));
  }
  approvals.load(in);
  in(clock_stopped);
}

// ---- the policy

void EngineState::save_policy(PackedWriter& out) const {
  out(boot_seq, boot_time, policy_sha256, policy_document, policy_file_sha256, policy_version);
  out.natural(policy_versions.size());
  for (const PolicyVersion& version : policy_versions) out(version);
  policy_parts.save(out);
}

void EngineState::load_policy(PackedReader& in) {
  in(boot_seq, boot_time, policy_sha256, policy_document, policy_file_sha256, policy_version);
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    in(policy_versions.emplace_back());
  }
  in.require(policy_versions.size() <= kPolicyVersionsMax, "too many versions of the policy");
  policy_parts.load(in);
}

// ---- the whole

void EngineState::save(PackedWriter& out) const {
  out(last_seq, last_time);
  save_units(out, units);
  ledger.save(out);
  save_runs(out);
  save_holds(out);
  objects.save(out);
  save_orders(out);
  save_policy(out);
}

void EngineState::load(PackedReader& in) {
  in(last_seq, last_time);
  load_units(in, units);
  ledger.load(in);
  load_runs(in);
  load_holds(in);
  objects.load(in);
  load_orders(in);
  load_policy(in);
  if (!in.ok()) return;
  ledger.for_each_wall([this](const Wall& wall) { note_run_wall(wall); });
  ledger.for_each_meter([this](const Meter& meter) {
    if (meter.raised_cap()) raises.emplace(meter.rare().raised_until, meter.id);
  });
}

Digest snapshot_digest(std::string_view bytes) {
  Digest digest{};
  if (bytes.size() < kTrailerBytes) return digest;
  std::ranges::copy(bytes.substr(bytes.size() - kTrailerBytes), digest.begin());
  return digest;
}

std::string Engine::snapshot() const {
  RF_ENSURE(state_->policy == nullptr, "a snapshot is of an engine that replays");
  std::string bytes(kSnapshotMagic);
  PackedWriter out(bytes);
  out(kSnapshotVersion);
  state_->save(out);
  out(sha256(bytes));
  return bytes;
}

Result<void> Engine::restore(std::string_view bytes, std::uint64_t seq) {
  const auto bad = [](std::string_view why) {
    return fail(ErrorCode::unverifiable, "the snapshot is damaged: " + std::string(why));
  };
  const std::size_t least = kSnapshotMagic.size() + kTrailerBytes;
  if (bytes.size() < least || !bytes.starts_with(kSnapshotMagic)) return bad("it is none");
  const std::string_view content = bytes.substr(0, bytes.size() - kTrailerBytes);
  if (sha256(content) != snapshot_digest(bytes)) return bad("its bytes are not what they were");
  PackedReader in(content.substr(kSnapshotMagic.size()));
  if (in.natural() != kSnapshotVersion) {
    return fail(ErrorCode::unverifiable, "the snapshot is another version's");
  }
  auto state = std::make_unique<EngineState>();
  state->load(in);
  in.require(in.at_end(), "something follows its end");
  in.require(state->last_seq == seq, "it stands at another event");
  if (!in.ok()) return bad(in.problem());
  state_ = std::move(state);
  return {};
}

}  // namespace ringfence
