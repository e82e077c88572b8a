// SPDX-License-Identifier: Apache-2.0
// State: all that the engine knows; the recorded part of it is its events applied in order.
//
// Contract: `apply` is the only way in which recorded state changes, in life and in replay alike,
// and it looks at no policy. What is marked transient is rebuilt or lost without harm at a restart:
// it decides nothing that is on the record.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/slab.h"
#include "engine/approvals.h"
#include "engine/demand.h"
#include "engine/engine.h"
#include "engine/frozen_holds.h"
#include "engine/hold_fact.h"
#include "engine/kept_objects.h"
#include "engine/known_operations.h"
#include "engine/loop_counts.h"
#include "engine/policy_parts.h"
#include "engine/wall_rules.h"
#include "ledger/ledger.h"
#include "policy/pattern.h"

namespace ringfence {

inline constexpr std::string_view kBudgetWall = "budget";
inline constexpr std::size_t kIdempotencyKeysMax = 100'000;  // per run
inline constexpr std::size_t kResolvedHoldsMax = 1'000'000;  // kept to answer a second settle
inline constexpr Duration kKeepResolved = Duration::hours(24);
inline constexpr std::size_t kWaitersPerWallMax = 1'024;
inline constexpr Duration kWaiterPrecedence = Duration::seconds(1);
inline constexpr Duration kWaitMax = Duration::seconds(30);
inline constexpr Duration kHoldTtlMax = Duration::seconds(3'600);
inline constexpr Duration kRefusalFlush = Duration::seconds(1);
inline constexpr std::size_t kRefusalKindsMax = 65'536;
inline constexpr std::int64_t kClampShareMax = 8;
inline constexpr std::size_t kPolicyVersionsMax = 1'000;  // listed

struct KeptAnswer {  // what an idempotency key is bound to
  Digest digest{};
  HoldId hold;  // number 0: a final refusal
  Refusal refusal;
};

struct OwnWall {  // a budget of a run, or a limit that counts at it
  std::string_view name;
  std::uint8_t unit = 0;
  WindowKind kind = WindowKind::none;
  Duration span;
  friend auto operator<=>(const OwnWall&, const OwnWall&) = default;
};

struct Run {
  RunStarted fact;
  AccountId account;
  Time started;
  Time lease_until;
  bool ended = false;
  bool revoked = false;
  std::string ended_reason;
  Time ended_at;
  std::int64_t holds = 0;
  std::int64_t refusals = 0;
  Amounts settled;  // child runs included
  Amounts held;
  std::unordered_map<std::string, KeptAnswer> keys;
  LoopCounts loops;
  std::size_t known_holds = 0;  // open, or resolved and not yet forgotten
  // Walls of its own, to go with it; policy may drop some before.
  std::set<OwnWall> own_walls;

  // Transient.
  bool counted_live = false;
  Time lease_entry;  // this run's place in EngineState::leases
  std::vector<Pattern> operations;
  std::unordered_map<std::uint32_t, std::vector<WallId>> limit_walls;  // by limit index
};

struct Halt {
  Halted fact;
  Time placed;
  std::optional<Pattern> pattern;  // transient form of fact.operation
};

// What policy says of an account. Transient, likewise.
struct BoundAccount {
  std::optional<RoleId> role;      // stated for this very account
  std::optional<RoleId> in_force;  // or for the nearest one above
  bool walled = false;             // P7: something here or above ends a run's spending
};

struct Waiter {
  std::uint64_t arrival = 0;
  Ticket ticket = 0;
  PlaceHold request;  // as it was asked: prices may change while it waits
  Time since;
  Time until;
  std::vector<WallId> queued_at;
};

struct RefusalKind {
  std::string run_id, operation, wall_key;
  Reason reason = Reason::denied;
  Digest args_digest{};
  std::int64_t repeats = 0;
  std::string first_decision_id, last_decision_id;
};

struct EngineState {
  // ---- recorded
  std::uint64_t last_seq = 0;
  Time last_time;
  UnitTable units;
  Ledger ledger;
  std::unordered_map<std::string, std::unique_ptr<Run>> runs;
  std::vector<Run*> runs_by_account;  // by account index; null: no run, or a forgotten one
  Slab<HoldFact> facts;               // beside the ledger's holds, by their slot
  FrozenHolds frozen;                 // resolved holds
  Time frozen_until;                  // until then none of them is too old
  std::vector<HoldId> to_freeze;      // those in the ledger until what is decided now is done
  std::map<std::string, Halt> halts;
  std::set<std::string> cap_unproven;
  KeptObjects objects;
  Approvals approvals;
  bool clock_stopped = false;
  std::string policy_sha256, policy_document;
  PolicyParts policy_parts;        // of the version that is about to be adopted
  std::string policy_file_sha256;  // the version that the file last brought
  std::int64_t policy_version = 0;
  std::deque<PolicyVersion> policy_versions;
  std::uint64_t boot_seq = 0;
  Time boot_time;
  std::deque<std::pair<Time, std::string>> ended;  // runs, likewise

  // ---- transient
  std::shared_ptr<const Policy> policy;
  KnownOperations known;  // under that policy
  RecordReader reader;
  WallRules rules;                           // by Wall::rule
  std::vector<BoundAccount> bound_accounts;  // by account index
  Time seen;                                 // of the last step: what views are as of
  std::uint64_t decisions = 0;
  std::uint64_t arrivals = 0;
  std::map<std::uint64_t, std::unique_ptr<Waiter>> waiters;           // by arrival
  std::unordered_map<Ticket, std::uint64_t> waiting;                  // ticket -> arrival
  std::unordered_map<std::uint32_t, std::set<std::uint64_t>> queues;  // wall -> arrivals
  std::set<WallId> dirty;  // room may have come free there
  bool all_dirty = false;
  std::multiset<Time> alarms;
  boost::unordered_flat_map<Ticket, HoldId> placed_by;  // open holds, for CancelHold
  std::set<std::pair<Time, std::string>> leases;        // live runs by min(lease, hard end)
  std::set<std::pair<Time, MeterId>> raises;            // by end
  std::map<std::string, RefusalKind> refusal_kinds;
  Time refusals_flushed;
  bool refusals_pending = false;

  // All that is recorded, and back into a new state (engine/snapshot.h).
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

  // RF_ENSUREs that the event follows from the state: the record's chain vouches for its content.
  void apply(const Event& event);

  Run* find_run(const std::string& id);
  const Run* find_run(const std::string& id) const;
  // Calls f(Run&) for the run at that account and every run above it, nearest first.
  template <class F>
  void up_runs(AccountId account, F&& f) {
    ledger.accounts.up(account, [&](const Account& above) {
      if (Run* run = run_at(above.id)) f(*run);
    });
  }
  Run* run_at(AccountId account) {
    return account.index < runs_by_account.size() ? runs_by_account[account.index] : nullptr;
  }
  // The policy that is looked at from now on; its walls are bound by the caller.
  void put_in_force(std::shared_ptr<const Policy> next) {
    policy = std::move(next);
    known.clear();
  }
  // The nearest account above a run and all runs above it; empty when it is no run's.
  std::string_view agent_of(AccountId account);
  bool live(const Run& run, Time now) const {
    return !run.ended && now < run.fact.hard_end && now < run.lease_until;
  }
  // Remembers a wall that counts at one run, to go with it.
  void note_run_wall(const Wall& wall);
  // A hold that is open, or that was and may still be asked for; null: neither. Valid until
  // `put_away_holds`.
  Hold* find_hold(HoldId id);
  HoldFact& fact_of(const Hold& hold) { return facts[hold.slot]; }
  const HoldFact& fact_of(const Hold& hold) const { return facts[hold.slot]; }
  // Between commands, in life and in replay: packs what was resolved, and drops what is too old
  // even for late questions.
  void put_away_holds(Time now, std::size_t resolved_max);
  void forget_ended_runs(Time now);
  // Both, and approvals, as far as life has surely done so by the time of the last event.
  void catch_up_forgetting();

 private:
  void on(const Started& e, const Event& event);
  void on(const PolicyAdopted& e, const Event& event);
  void on(const AccountOpened& e, const Event& event);
  void on(const MeterOpened& e, const Event& event);
  void on(const MeterClosed& e, const Event& event);
  void on(const RunStarted& e, const Event& event);
  void on(const RunRenewed& e, const Event& event);
  void on(const RunEnded& e, const Event& event);
  void on(const HoldOpened& e, const Event& event);
  void on(const HoldExtended& e, const Event& event);
  void on(const HoldResolved& e, const Event& event);
  void on(const Refused& e, const Event& event);
  void on(const RefusedAgain& e, const Event& event);
  void on(const AlertFired& e, const Event& event);
  void on(const Paused& e, const Event& event);
  void on(const Resumed& e, const Event& event);
  void on(const Raised& e, const Event& event);
  void on(const RaiseEnded& e, const Event& event);
  void on(const Halted& e, const Event& event);
  void on(const HaltLifted& e, const Event& event);
  void on(const CapUnproven& e, const Event& event);
  void on(const ApprovalRequested& e, const Event& event);
  void on(const ApprovalGiven& e, const Event& event);
  void on(const ApprovalRefused& e, const Event& event);
  void on(const ClockStopped& e, const Event& event);
  void on(const ClockConfirmed& e, const Event& event);
  void on(const PolicyText& e, const Event& event);
  void on(const MeterHolds& e, const Event& event);
  void on(const PayloadsErased&, const Event&) {}  // nothing rests on a payload
  void on(const Restored&, const Event&) {}        // nor on how the record came back
  void take_in(const std::vector<HoldId>& holds, const std::vector<std::int64_t>& held_each,
               Meter& meter);
  void save_runs(PackedWriter& out) const;
  void save_holds(PackedWriter& out) const;
  void save_orders(PackedWriter& out) const;
  void save_policy(PackedWriter& out) const;
  void load_runs(PackedReader& in);
  void load_holds(PackedReader& in);
  void load_orders(PackedReader& in);
  void load_policy(PackedReader& in);
  // Puts a run at its account, where it is found from now on.
  void seat(std::unique_ptr<Run> run);
  static Halt halt_of(Halted fact, Time placed);
  HoldFact& fresh_fact(const Hold& hold, Run* run);
  bool has_run_below(AccountId account);
  void forget_run(const std::string& id);
};

}  // namespace ringfence
