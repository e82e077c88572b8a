// SPDX-License-Identifier: Apache-2.0
// Engine: the deterministic state machine that decides every operation.
//
// Contract: single-threaded, no I/O, no clock, no randomness. `step` decides one command at the
// given time, applies its own events at once and appends events, replies and notices to `out`; the
// caller makes the events durable before it delivers a reply or notice. Times must not step back.
// `apply` rebuilds the same state from recorded events, or from a snapshot and those after it,
// without any policy; `start` ends replay.
// Limitations: one policy version is in force at a time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/approval_view.h"
#include "engine/command.h"
#include "engine/event.h"
#include "engine/prospect.h"
#include "engine/view.h"

namespace ringfence {

struct Output {
  std::vector<Event> events;
  std::vector<Payload> payloads;
  std::vector<std::pair<Ticket, Reply>> replies;
  std::vector<Notice> notices;

  void clear() {
    events.clear();
    payloads.clear();
    replies.clear();
    notices.clear();
  }
};

struct Now {
  Time time;
  bool clock_stepped = false;  // admission stops until ConfirmClock
};

// Gives every recorded event after a number to a function, in order; used when a new wall needs its
// history.
using RecordReader =
    std::function<Result<void>(std::uint64_t after, const std::function<void(const Event&)>&)>;

// What adopting a policy needs of the record. Reading it is long: it may be done beforehand, into a
// Past, and handed over with AdoptPolicy; only what came since is then read in the step.
struct AdoptionPlan {
  bool reads_record = false;
  Time since;
};

struct EngineState;

class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- recovery: every recorded event in order, then `start` once.
  Result<void> apply(const Event& event);
  // Takes over the record: adopts the policy's file, unless it has not changed since it was adopted
  // last; the version in force then stays. Holds of gateways are expired. `reader` is kept, to seed
  // the meters of walls that later policies add.
  Result<void> start(std::shared_ptr<const Policy> file, std::string version, RecordReader reader,
                     Now now, Output& out);

  // What was applied so far, for another one to go on from; only before `start`. Errors:
  // `unverifiable` (damaged, another version's, or not at event `seq`); the engine is then as it
  // was.
  std::string snapshot() const;
  Result<void> restore(std::string_view snapshot, std::uint64_t seq);

  // Instead of `start`, for a look at what somebody else keeps: binds the walls of the policy that
  // was in force, and changes nothing else. Errors: `not_found` (there was none), and those of
  // Policy::compile, where this version does not read it any more; walls are not to be seen then,
  // and neither are accounts.
  Result<void> open_for_reading(Time at);

  // ---- life
  void step(Ticket ticket, Command command, Now now, Output& out);
  // What would still be told later is told now: after it nothing is lost by stopping.
  void finish(Now now, Output& out);
  // When `step(Tick)` has something to do next; Time::max() for never.
  Time next_tick() const;

  // ---- reading (on the engine's thread)
  std::uint64_t last_seq() const;
  Time last_time() const;
  const UnitTable& units() const;
  UnitTable& units_for_decoding();
  std::shared_ptr<const Policy> policy() const;
  AdoptionPlan plan_adoption(const Policy& policy, Time now) const;
  // Newest last; the oldest are forgotten.
  const std::deque<PolicyVersion>& policy_versions() const;

  std::optional<AccountView> account(std::string_view path, Time now) const;
  std::vector<AccountView> accounts_under(std::string_view path, Time now, std::size_t max) const;
  std::optional<RunView> run(std::string_view run_id) const;
  std::vector<RunView> live_runs(std::size_t max) const;
  // What a run has left at every wall above it.
  std::vector<MeterView> quota(std::string_view run_id, Time now) const;
  // What forbids an operation to a run before any wall is looked at: its credential, a halt, a
  // pause, a rule. None: only walls can. Nothing is recorded.
  std::optional<Refusal> forbids(std::string_view run_id, const Operation& operation,
                                 Now now) const;
  // Whom to ask before this hold is placed. None: nobody, as it is forbidden anyway, as its key has
  // an answer already, or as no guard matches.
  std::optional<GuardScene> guard_scene(const PlaceHold& request, Now now) const;
  // How an operation of a new run of an account would stand now. Nothing is recorded.
  Prospect prospect(const ProspectQuestion& question, Time now) const;
  std::vector<HaltView> halts() const;
  std::optional<ApprovalView> approval(std::string_view id, Time now) const;
  // Of this account and below it; pending first, then the newest. Looks at all there are.
  std::vector<ApprovalView> approvals(const ApprovalFilter& filter, Time now) const;
  std::optional<HoldView> hold(HoldId id) const;
  // Of this account and below it. Of very many open holds only the first are looked at.
  OpenHolds open_holds(std::string_view under, std::size_t max) const;
  StatusView status() const;
  // Shows the budgets of the next `count` accounts, in the order they were opened, but for those of
  // runs. Returns where to go on; nothing at the end. For a look at all of them in short pieces.
  std::optional<std::size_t> scan_budgets(std::size_t from, std::size_t count, Time now,
                                          const std::function<void(const BudgetRow&)>& show) const;

 private:
  std::unique_ptr<EngineState> state_;
};

}  // namespace ringfence
