// SPDX-License-Identifier: Apache-2.0
// Step: one command being decided at one time.
//
// Contract: lives for one call of Engine::step. `emit` applies an event at once, so that what is
// decided next sees it. Every command ends in exactly one reply for its ticket, now or, for a hold
// that waits, in a later step.
#pragma once

#include <boost/container/small_vector.hpp>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state.h"

namespace ringfence {

class Past;
struct PastHold;

// A wall that applies to an operation.
struct Applied {
  const Wall* wall = nullptr;
  Meter* meter = nullptr;                   // current at the time of the step; null: none yet
  std::uint64_t parts = ~std::uint64_t{0};  // which of the operations it counts, one bit each
  std::int64_t elsewhere = 0;               // of the need: for those that it does not count
  bool excused = false;                     // over, but a person may be asked to raise it
};

// What the checks before the walls found.
struct Cleared {
  Run* run = nullptr;
  boost::container::small_vector<const KnownOperation*, 1> operations;  // one, but for shell lines
  std::vector<Applied> walls;
  Demand demand;
  bool declared = false;
  std::vector<std::string> asking_guards;  // that want a person to agree
  std::string approval;                    // of which this will be a use

  const KnownOperation& operation() const { return *operations.front(); }
  std::int64_t need_at(const Applied& applied, std::int64_t output_cap) const {
    return demand.at(applied.wall->unit, output_cap) - applied.elsewhere;
  }
};

// Where a run stands, for the subjects of limits.
struct RunPlace {
  std::vector<std::string> run_accounts;  // its own and those of the runs above, nearest first
  Identity identity;
};

// A rule wants to look at arguments that the edge could not read, or did not know to bring.
inline constexpr const char* kArgsUnread =
    "A rule looks at this request's arguments, and they could not be read. Retry; if that does not "
    "help, tell your operator.";

// What tells one limit from another across policy versions, subjects apart.
std::string limit_key(const LimitRule& limit);
// Whom a limit counts: account paths, or identities such as user:alice and the shared "-".
std::vector<std::string> limit_subjects(const LimitRule& limit, const RunPlace& place);

// The walls that a policy brings and nothing counts yet.
struct FreshWalls {
  std::map<std::string, std::vector<WallRule>, std::less<>> budgets;  // by account path
  std::set<std::uint32_t> limits;                                     // by index
  Time since;  // as far back as their windows reach
  bool empty() const { return budgets.empty() && limits.empty(); }
};

// Who put a version of the policy in force.
struct Adoption {
  std::string actor;
  PolicySource source = PolicySource::file;
};

// How a demand stands at all its walls.
struct Outlook {
  bool fits = false;
  bool clamped = false;
  std::int64_t output_cap = 0;
  bool may_wait = false;  // else `refusal` stands
  Refusal refusal;
  std::vector<WallId> blocked_at;  // where to queue
  Time wake_at = Time::max();      // when a window may have made room by itself
  std::vector<WallId> exhausted;   // whose consequences fire
};

// What a clamp may count on at a wall.
enum class Room : std::uint8_t {
  final,  // once all open holds have returned
  free,   // now
  share,  // now, divided by the live runs under the wall
};

// What people have to agree to before an operation may go on: the strictest of all that ask.
struct Asking {
  Amounts need;                        // at most
  std::vector<std::string> rules;      // patterns as written, and "guard NAME"
  std::vector<std::string> walls;      // that would be exceeded
  std::vector<std::string> approvers;  // as of ApprovalRequested
  std::int64_t quorum = 1;
  std::int64_t uses = kApprovalUsesMax;
  Duration expires = Duration::days(7);  // no rule states more

  bool needed() const { return !rules.empty() || !walls.empty(); }
  void add(const AskTerms& terms);
};

// P7: in which a budget can end a run's spending.
constexpr bool ends_spending(Unit unit) {
  return unit == kUsd || unit == kTokens || unit == kCalls;
}
// An enforced budget in such a unit, over a window in which it can.
bool ends_spending(const WallRule& rule);
// As it stands before its first use; a view into `rule` and `subject`.
Wall untouched_wall(const WallRule& rule, std::string_view subject);
MeterView view_of_wall(const EngineState& s, const Wall& wall, const Meter* meter, Time now);
// By limit: which of the operations it matches, one bit each.
std::map<std::uint32_t, std::uint64_t> limits_of(std::span<const KnownOperation* const> operations);

class Prospector;

class Step {
  friend class Prospector;  // asks the same without a run

 public:
  Step(EngineState& state, Now now, Output& out) : s_(state), now_(now), out_(out) {}

  void decide(Ticket ticket, Command& command);
  // Lets waiters in where room came free, until nothing moves.
  void settle_queues();

  // Steps 1 to 4 of a decision, without recording anything.
  std::optional<Refusal> forbids(const Run* run, const KnownOperation& operation) const;

  // Repeats of refusals that were counted and not yet told.
  void flush_refusals();

  // Takes over: see Engine::start.
  Result<void> take_over(std::shared_ptr<const Policy> file, std::string version);
  Result<void> bind_for_reading();
  // What adopting a policy would have to look up in the record.
  FreshWalls fresh_walls(const Policy& policy) const;

 private:
  // commands, one file each family
  Reply on(StartRun& c);
  Reply on(RenewRun& c);
  Reply on(EndRun& c);
  Reply on(ResolveHold& c);
  Reply on(ExtendHold& c);
  Reply on(CorrectHold& c);
  Reply on(ObserveHold& c);
  Reply on(MarkCapUnproven& c);
  Reply on(RaiseCap& c);
  Reply on(PauseAccount& c);
  Reply on(ResumeAccount& c);
  Reply on(PlaceHalt& c);
  Reply on(LiftHalt& c);
  Reply on(ConfirmClock& c);
  Reply on(DecideApproval& c);
  Reply on(ErasePayloads& c);
  Reply on(AdoptPolicy& c);
  Reply on(CancelHold& c);
  Reply on(Tick& c);

  // step.cc
  // Records what happened and lets it happen.
  template <class Body>
  void emit(Body&& body) {
    using What = std::remove_cvref_t<Body>;
    out_.events.emplace_back().body.template emplace<What>(std::forward<Body>(body));
    apply_last();
  }
  void apply_last();
  void reply(Ticket ticket, Reply r) { out_.replies.emplace_back(ticket, std::move(r)); }
  std::string next_decision_id();
  Refusal refuse(Reason reason, std::string sentence = {}, std::string field = {}) const;
  // Amounts count from 0, whoever states them.
  std::optional<Refusal> check_amounts(const Amounts& amounts, std::string_view field) const;

  // checks.cc: steps 1 to 5 of a decision
  std::optional<Refusal> check_credential(const Run* run) const;
  std::optional<Refusal> check_stops(const Run& run, const KnownOperation& operation) const;
  std::optional<Refusal> check_capability(const Run& run, const KnownOperation& operation) const;
  std::optional<Refusal> check_dangers(const Run& run, const PlaceHold& request) const;
  std::optional<Refusal> check_arguments(const PlaceHold& request,
                                         const KnownOperation& operation) const;
  std::optional<Refusal> check_objects(const Run& run, const PlaceHold& request) const;
  std::optional<Refusal> check_identity(const Run& run, const KnownOperation& operation) const;
  std::optional<Refusal> check_request(const PlaceHold& request) const;
  std::optional<Refusal> check_walls(const Cleared& cleared) const;
  bool halt_covers(const Halt& halt, std::string_view account,
                   const KnownOperation& operation) const;
  // Of what was parsed before: null for what a later version no longer reads.
  const KnownOperation* known(const std::string& operation) const;
  // Of a hold; empty when one of them is not read any more.
  std::vector<const KnownOperation*> known(const HoldFact& fact) const;
  std::optional<Refusal> check_loop(const Run& run, const PlaceHold& request,
                                    const KnownOperation& operation) const;
  std::expected<Cleared, Refusal> clear(PlaceHold& request);
  std::optional<Refusal> read_operations(PlaceHold& request, Cleared& cleared);

  // guard_checks.cc
  std::optional<Refusal> check_guards(const PlaceHold& request, Cleared& cleared) const;

  // need.cc
  std::optional<Refusal> complete_need(PlaceHold& request, Cleared& cleared) const;
  std::optional<Refusal> add_further(Amounts& need, Cleared& cleared, const Json* args) const;
  Refusal refuse_argument(const Error& error) const;
  std::optional<Refusal> complete_added(Amounts& added, const HoldFact& fact,
                                        const KnownOperation& operation) const;

  // walls.cc
  std::vector<Applied> walls_for(Run& run, std::span<const KnownOperation* const> operations);
  const std::vector<WallId>& limit_walls(Run& run, std::uint32_t index);
  MeterId open_current(const Wall& wall);
  WallState wall_state(const Wall& wall, const Meter* meter, std::int64_t need) const;

  // admit.cc: step 6
  void place(Ticket ticket, PlaceHold& request);
  Outlook look(const Cleared& cleared, std::uint64_t arrival, bool may_wait);
  Outlook look_at_cap(const Cleared& cleared, std::int64_t output_cap, std::uint64_t arrival);
  std::int64_t clamp_cap(const Cleared& cleared, Room room) const;
  AllowReply admit(Ticket ticket, const PlaceHold& request, Cleared& cleared,
                   const Outlook& outlook);
  AllowReply allow_reply(const Hold& hold, const HoldFact& fact,
                         const std::vector<Applied>& walls) const;
  std::optional<Reply> kept_answer(const PlaceHold& request);

  // step_approvals.cc: a person agrees first
  Outlook look_past_askable(Cleared& cleared, Outlook found, std::uint64_t arrival, bool may_wait);
  Reply admit_approved(Ticket ticket, const PlaceHold& request, Cleared& cleared,
                       const Outlook& outlook);
  std::expected<Asking, Refusal> asking_of(const PlaceHold& request, const Cleared& cleared,
                                           std::int64_t output_cap) const;
  std::optional<Refusal> check_approval(const PlaceHold& request, Cleared& cleared,
                                        const Asking& asking);
  Refusal request_approval(const PlaceHold& request, const Cleared& cleared, const Asking& asking,
                           const Digest& action);
  void raise_for(const Cleared& cleared, std::int64_t output_cap);
  std::optional<Refusal> check_extension(const Hold& hold, const HoldFact& fact,
                                         const Amounts& added) const;

  // decide_approval.cc
  std::optional<Refusal> check_decision(const DecideApproval& c) const;
  void refuse_approvals(const std::vector<std::string>& ids, const std::string& cause);
  std::vector<std::string> approvals_in_scope(const Halt& halt) const;
  void expire_approvals();

  // waiting.cc
  bool enqueue(Ticket ticket, PlaceHold& request, const Outlook& outlook);
  void requeue(Waiter& waiter, const std::vector<WallId>& blocked_at);
  void leave(Waiter& waiter);
  bool blocked_by_earlier(WallId wall, std::uint64_t arrival) const;
  void try_waiter(std::uint64_t arrival);
  Refusal waiter_refusal(const PlaceHold& request, const Refusal& refusal) const;

  // loop_checks.cc
  Time loop_since(const LoopRule& rule) const;
  bool loops_on_refusals(const PlaceHold& request) const;

  // refusals.cc
  Refusal record(const PlaceHold& request, Refusal refusal,
                 const std::vector<WallId>& exhausted = {});
  std::string downgrade_of(const PlaceHold& request, const std::vector<WallId>& exhausted) const;
  void tell(RefusalKind& kind);
  void fire_consequence(WallId wall, const Run& run);
  void pause(const std::string& account, const std::string& cause, const std::string& wall,
             const std::string& reason);

  // resolve.cc
  void close_hold(Hold& hold, HoldState state, Reason reason, std::string note);
  ResolveReply resolve_reply(const Hold& hold, const HoldFact& fact) const;
  void raise_to_floor(Amounts& actual, const Hold& hold, const HoldFact& fact,
                      const Amounts& stated) const;
  Amounts complete_actual(const Hold& hold, const HoldFact& fact, const Amounts& actual) const;
  Amounts excess_of(const Amounts& actual, const Hold& hold) const;
  void keep_own_meters(const Hold& hold, std::vector<Applied>& walls);
  std::optional<MeterId> home_of(const Hold& hold, const Wall& wall);
  static std::int64_t share_of(const Hold& hold, const Applied& applied,
                               std::span<const KnownOperation* const> operations);
  void join_younger_walls(const Hold& hold, const HoldFact& fact);
  void mark_room(const Hold& hold);

  // alerts.cc
  void check_alerts(const Hold& hold);
  std::vector<std::string> fired_alerts(const std::vector<Applied>& walls) const;

  // runs.cc
  std::optional<Refusal> check_start(StartRun& c, const Run* parent) const;
  std::optional<Refusal> check_delegation(const StartRun& c, const Run& parent) const;
  RunReply run_reply(const Run& run) const;
  bool within_run(std::string_view path) const;
  void open_account(const std::string& path);
  void end_run(Run& run, const std::string& actor, const std::string& reason, bool revoked);
  void end_subtree(AccountId account, const std::string& actor, const std::string& reason,
                   bool revoked);
  void track_lease(Run& run);
  void untrack_lease(Run& run);
  void count_live(Run& run, bool live);

  // tick.cc
  void expire_holds();
  void lapse_leases();
  void end_raises();

  // operators.cc
  std::optional<Refusal> check_raise(const RaiseCap& c, const Wall& wall) const;
  void cut_in_scope(const Halt& halt);

  // bind.cc: walls follow from the policy in force
  void bind_account(const Account& account);
  void bind_all(const FreshWalls& fresh);
  WallId bind_wall(const WallRule& rule, std::string_view subject);
  void unbind_wall(WallId id);
  std::vector<WallRule> budget_rules(const Policy& policy, const Account& account,
                                     std::optional<RoleId> role) const;
  std::optional<RoleId> role_of(AccountId account) const {
    return s_.bound_accounts[account.index].in_force;
  }

  // adopt.cc, take_over.cc: another version comes into force
  Result<std::shared_ptr<const Policy>> with_our_units(std::shared_ptr<const Policy> policy);
  Result<std::shared_ptr<Past>> read_past(const FreshWalls& fresh, std::shared_ptr<Past> read);
  Result<void> change_policy(std::shared_ptr<const Policy> policy, const Adoption& adoption,
                             std::shared_ptr<Past> read);
  void record_adoption(const Policy& policy, const Adoption& adoption);
  void forget_queues();
  Result<void> choose_policy(std::shared_ptr<const Policy> file);

  // seed.cc: a wall that is new starts from the record of its current window
  Time counts_since(const Window& window, const Zone& zone) const;
  void seed(const FreshWalls& fresh, const Past& past);
  void emit_seed(MeterOpened seed);
  std::map<WallId, std::int64_t> fresh_limit_walls(const FreshWalls& fresh, const Past& past,
                                                   const PastHold& hold);

  EngineState& s_;
  Now now_;
  Output& out_;
};

}  // namespace ringfence
