// SPDX-License-Identifier: Apache-2.0
// Command: everything that can be asked of the engine, and Reply: everything it can answer.
//
// Contract: plain values, built by an edge that has already authenticated the caller and checked
// an operator's rights. Ids and digests come in with the command; time comes in with `step`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time.h"
#include "base/unit.h"
#include "engine/refusal.h"
#include "ledger/ids.h"
#include "policy/identity.h"
#include "policy/policy.h"

namespace ringfence {

class Past;  // engine/past.h

// Names the request to its sender. A reply for it comes exactly once.
using Ticket = std::uint64_t;

// ---- runs ----------------------------------------------------------------------------------

struct RunBudget {
  Unit unit;
  std::int64_t cap = 0;
};

// Who says that a run still lives: its supervisor, again and again, or nobody until its hard end.
enum class Lease : std::uint8_t { supervised, none };

struct StartRun {
  std::string run_id;      // random, "r_…"; becomes the last segment of the run's account
  std::string account;     // the agent's account; ignored when `parent_run` is set
  std::string parent_run;  // delegation: the run that asks
  std::string actor;       // who, for the record
  std::optional<Duration> ttl;
  std::vector<RunBudget> budgets;       // besides those of the role
  std::vector<std::string> operations;  // narrowing patterns; empty: as the role
  std::vector<std::pair<std::string, std::string>> labels;
  Identity identity;  // ignored when `parent_run` is set: inherited
  Lease lease = Lease::supervised;
};
struct RenewRun {
  std::string run_id, actor;
};
struct EndRun {
  std::string run_id, actor, reason;
};

// ---- holds ---------------------------------------------------------------------------------

// How the need grows with the output cap, for the engine to clamp inside the hold:
// need(cap) = fixed part + choices * cap output tokens, usd rounded up to a nano-unit once.
struct OutputBound {
  std::int64_t wanted_tokens = 0;  // per choice; -1: nothing bounds it
  std::int64_t min_tokens = 256;   // per choice; a smaller clamp is refused
  std::int64_t choices = 1;
  std::int64_t output_pico = 0;  // per token
  std::int64_t fixed_pico = 0;   // the rest of the call's cost
  bool clamp = true;             // false: strict
};

inline constexpr std::string_view kGatewayHolder = "gateway";

// Programs that one shell line may start.
inline constexpr std::size_t kOperationsPerHoldMax = 64;

// What a guard said of a hold that its rule matches.
enum class GuardDecision : std::uint8_t { allow, deny, ask };
struct GuardAnswer {
  std::string guard;        // its name
  std::string fingerprint;  // of its rule, as it was asked
  GuardDecision decision = GuardDecision::deny;
  std::string message;  // for the agent; may be empty
};

struct PlaceHold {
  std::string run_id;                // from the verified credential
  std::string operation;             // canonical text
  std::vector<std::string> further;  // what else one shell line starts: all must pass together
  std::vector<std::string> dangers;  // of the line as a whole, such as a redirection to a key
  std::string unreadable;            // why nobody can say what the line would start: refused
  std::string holder;                // kGatewayHolder or "run:<id>"
  Amounts need;  // as stated or bound, without the output part when `output` is set
  std::optional<OutputBound> output;
  Amounts physical_max;  // gateway: what a provider could bill at most (for `implausible`)
  Duration ttl = Duration::seconds(600);
  Duration wait;                     // 0: never wait
  std::string idempotency_key;       // empty: none
  Digest request_digest{};           // of the request without wait and approval
  Digest args_digest{};              // of the operation's arguments
  std::shared_ptr<const Json> args;  // for argument rules and approvals; null: none
  bool args_left_out = false;        // there are some that did not come along
  std::vector<GuardAnswer> guards;   // of every guard that the policy matches
  std::string approval;              // that the caller names; empty: found by the action
  std::vector<std::string> objects;  // kept at the provider and named here: each must be the
                                     // account's own (object_key)
  std::vector<std::pair<std::string, std::string>> labels;
};
// The sender of a waiting PlaceHold is gone: no reply will be read, nothing was dispatched. When
// the hold was already allowed it is released.
struct CancelHold {
  Ticket placed = 0;
};

enum class Ending : std::uint8_t { settle, release, cut };
struct ResolveHold {
  HoldId hold;
  std::string holder;  // must equal the hold's
  Ending ending = Ending::settle;
  Amounts actual;          // what is missing counts as held (usd too, unless tokens price it)
  bool uncertain = false;  // the wire did not prove it: flagged in the record
  std::string note;        // a fixed word for the record: "disconnect", "stall", "halt", …
  std::vector<std::string> objects;  // that the provider keeps from now on (object_key)
};
struct ExtendHold {
  HoldId hold;
  std::string holder;
  Amounts need;  // added to what is held
  std::optional<Duration> ttl;
};
struct CorrectHold {
  HoldId hold;
  Amounts actual;
  std::string actor, reason;
};
// Output metered live on an open hold, for alerts only; never recorded unless an alert fires.
struct ObserveHold {
  HoldId hold;
  Amounts so_far;
};
// A model answered more than its cap: from now on its full maximum is held.
struct MarkCapUnproven {
  std::string operation;
};

// ---- operators -----------------------------------------------------------------------------

struct RaiseCap {
  std::string account;
  Unit unit;
  Window window;
  std::int64_t cap = 0;
  std::string actor, reason;
  std::optional<Time> expires_at;
};
struct PauseAccount {
  std::string account, actor, reason;
};
struct ResumeAccount {  // lifts operator and anomaly pauses; a budget pause by a raise, or here
  std::string account, actor, reason;
};
struct PlaceHalt {
  std::string halt_id;    // "halt_…"
  std::string account;    // empty with `operation`: any account
  std::string operation;  // pattern; empty: any
  bool everything = false;
  std::string actor, reason;
};
struct LiftHalt {
  std::string halt_id, actor, reason;
};
// A person agrees to what a run asked for, or refuses it.
struct DecideApproval {
  std::string approval;
  bool approve = false;
  std::string actor;
  std::vector<std::string> groups;  // the person's; "*": every group
  std::string comment;              // a refusal needs one
  std::optional<std::int64_t> uses;
  std::optional<Time> until;
};
struct ConfirmClock {
  std::string actor;
};
// What lies beside the record under these events' numbers.
struct ErasePayloads {
  std::int64_t first = 0, last = 0;
  std::string actor, reason;
};

// Another version of the policy, already compiled; one that is in force changes nothing.
enum class PolicySource : std::uint8_t { file, api };
std::string_view to_string(PolicySource source);
struct AdoptPolicy {
  std::shared_ptr<const Policy> policy;
  std::string actor;
  PolicySource source = PolicySource::api;
  std::string follows;         // when set: the version (SHA-256) that must be in force now
  std::shared_ptr<Past> past;  // what has been read of the record already, as planned; may be null
};

// Time passed: expiry, waiters, leases, windows, repeats of refusals.
struct Tick {};

using Command = std::variant<StartRun, RenewRun, EndRun, PlaceHold, CancelHold, ResolveHold,
                             ExtendHold, CorrectHold, ObserveHold, MarkCapUnproven, RaiseCap,
                             PauseAccount, ResumeAccount, PlaceHalt, LiftHalt, ConfirmClock,
                             AdoptPolicy, Tick, DecideApproval, ErasePayloads>;

// ---- replies -------------------------------------------------------------------------------

struct RunReply {
  std::string run_id;
  std::string account;  // the run's own
  Time hard_end;        // the credential's expiry
  Time lease_until;
  Duration lease;
  int depth = 0;  // 0: not delegated
  EnvironmentRule env;
};
struct AllowReply {
  HoldId hold;
  Amounts held;
  std::optional<std::int64_t> output_cap;  // per choice; set when the request had an OutputBound
  bool clamped = false;
  Time expires_at;
  Amounts remaining;  // per unit, at the tightest wall, after this hold
  std::vector<std::string> alerts;
  std::string decision_id;
};
enum class HoldState : std::uint8_t { open, settled, overrun, released, expired, cut };
std::string_view to_string(HoldState state);
struct ResolveReply {
  HoldId hold;
  HoldState state = HoldState::settled;
  Amounts charged;
  Amounts held;
  bool late = false;
  bool uncertain = false;
  bool implausible = false;
  Amounts claimed;  // stated above what was held and not charged
};
struct OkReply {
  std::string id;  // of what was made or changed, where it has one
};
struct PolicyReply {
  std::string sha256;
  std::int64_t version = 0;
  bool changed = false;  // false: it was in force already
};
using Reply = std::variant<RunReply, AllowReply, ResolveReply, OkReply, PolicyReply, Refusal>;

// What concerns others than the asker. Delivered after it is durable.
struct HoldClosed {  // the engine closed an open hold: stop what it pays for
  HoldId hold;
  HoldState state = HoldState::cut;
  Reason reason = Reason::halted;
};
struct RunClosed {  // ended, halted or past its hard end: stop its processes
  std::string run_id;
  Reason reason = Reason::halted;
};
struct PolicyChanged {  // for what begins from now on
  std::shared_ptr<const Policy> policy;
};
using Notice = std::variant<HoldClosed, RunClosed, PolicyChanged>;

}  // namespace ringfence
