// SPDX-License-Identifier: Apache-2.0
// Event: one line of the record. The engine's state is nothing but its events applied in order.
//
// Contract: plain values. An event says what happened and with what effect (which meters, how
// much), so that applying it needs no rule matching and no policy. `encode` gives the exact bytes
// that are stored and hashed; `decode` reads any line that some released version wrote, and
// refuses what it does not understand. Amounts are integers in the unit's base (usd: nano-USD).
//
// Grammar: docs/formats.md; one JSON object per event:
//   {"seq":N,"prev":"<hex sha-256 of the line before>","time":"<RFC 3339>","type":"<type>",…}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/command.h"
#include "ledger/holds.h"

namespace ringfence {

using Labels = std::vector<std::pair<std::string, std::string>>;
using MeterAmounts = std::vector<Touch>;

struct Started {  // a service took the record over; decision ids are made of this number
  std::string version;
};
struct PolicyAdopted {
  std::string sha256;
  std::string document;      // empty: in the `policy_text` events before
  std::int64_t version = 0;  // 1, 2, …; 0 in records that did not number them
  std::string actor;
  PolicySource source = PolicySource::file;
};
struct AccountOpened {
  AccountId id;
  std::string path;
};
struct MeterOpened {  // a wall's counter in a window, from its first use there
  MeterId meter;
  std::string wall;  // "budget" or the limit's name
  std::string unit;
  Window window;
  std::string subject;
  Span span;
  std::int64_t settled = 0;  // carried over from the record when a wall is new
  std::int64_t held = 0;
  std::vector<HoldId> holds;  // those open holds that now touch it, with
  std::vector<std::int64_t> held_each;
};
struct MeterClosed {  // policy has no such wall any more
  MeterId meter;
};
struct RunStarted {
  std::string run_id, account, parent_run, actor;
  Time hard_end;
  Time lease_until;
  Duration lease;
  std::vector<std::pair<std::string, std::int64_t>> budgets;  // unit name, cap
  std::vector<std::string> operations;
  Labels labels;
  Identity identity;
  bool unsupervised = false;  // its lease is its hard end
  EnvironmentRule env;
};
struct RunRenewed {
  std::string run_id;
  Time lease_until;
};
struct RunEnded {
  std::string run_id, actor, reason;
  bool revoked = false;  // by a halt
};
struct HoldOpened {
  HoldId hold;
  std::string run_id, account, operation, holder;
  std::vector<std::string> further;  // the other operations of one shell line
  Amounts need;
  Amounts physical_max;
  MeterAmounts meters;
  Time deadline;
  std::int64_t output_cap = -1;  // per choice; -1: none
  bool clamped = false;
  bool declared = false;  // the amount rests on the caller's word alone
  std::string policy;     // sha256 of the version that admitted it, first 16 digits
  std::string decision_id;
  std::string key;       // idempotency
  std::string approval;  // of which this is a use
  Digest digest{};
  Digest args_digest{};  // where a loop rule counts it
  Labels labels;
  std::vector<std::string> would_refuse;  // `warn` walls that were over
};
struct HoldExtended {  // or, of a resolved hold, the meters of younger walls, with 0
  HoldId hold;
  Amounts added;
  MeterAmounts meters;
  Time deadline;
};
struct HoldResolved {
  HoldId hold;
  HoldState state = HoldState::settled;
  std::string account, operation;  // again, so that one line can be read alone
  Amounts actual;                  // as stated; its digest makes a repeated settle recognisable
  Amounts charged;                 // in force from now on
  Amounts claimed;
  bool late = false;  // corrects a charge made at expiry or cut
  bool uncertain = false;
  bool implausible = false;
  bool corrected = false;  // by an operator
  std::string actor, note;
  std::vector<std::string> objects;  // kept at the provider: the account's own from now on
};
struct Refused {  // the first of its kind
  std::string run_id, account, operation, sentence, wall_key, decision_id, key;
  std::string downgrade;  // the operation that may be asked for instead
  std::string approval;   // that it waits for, or that was refused
  Reason reason = Reason::denied;
  Digest args_digest{};
  Digest digest{};  // of the request, with `key`
  std::optional<WallState> wall;
};
struct RefusedAgain {
  std::string run_id, operation, wall_key;
  Reason reason = Reason::denied;
  std::int64_t count = 0;
  std::string first_decision_id, last_decision_id;
  Digest args_digest{};
};
struct AlertFired {
  MeterId meter;
  std::string wall, unit, subject;
  std::int64_t threshold = 0;  // in the unit's base
  std::int64_t settled = 0;    // what passed it, live output included
  std::int64_t cap = 0;
};
struct Paused {
  std::string account, cause, wall_key, actor, reason;
};
struct Resumed {
  std::string account, cause, wall_key, actor, reason;
};
struct Raised {
  MeterId meter;
  std::string account, actor, reason;
  std::int64_t cap = 0;
  Time until = Time::max();
};
struct RaiseEnded {
  MeterId meter;
  std::string why;
};
struct Halted {
  std::string halt_id, account, operation, actor, reason;
  bool everything = false;
};
struct HaltLifted {
  std::string halt_id, actor, reason;
};
struct CapUnproven {
  std::string operation;
};
struct ApprovalRequested {  // a person is asked; the id is "ap_" and the number of this event
  std::string approval, run_id, account, operation;
  std::vector<std::string> further;  // as of a hold
  Digest action{};                   // what is asked for, but for how much
  Digest args_digest{};
  bool has_args = false;               // they lie beside the record under this event's number
  Amounts need;                        // at most; what is not stated is 0
  std::vector<std::string> rules;      // that ask, as written
  std::vector<std::string> walls;      // that may be exceeded, by key
  std::vector<std::string> approvers;  // a list each, parted by blanks: one must be in all of them
  std::int64_t quorum = 1;
  std::int64_t uses = 1;
  Time expires_at;
  std::string policy;  // as of a hold
  std::string decision_id;
};
struct ApprovalGiven {  // by one person; `quorum` of them make it good
  std::string approval, run_id, account, actor, comment;
  std::vector<std::string> groups;
  std::int64_t uses = 1;
  Time until;
};
struct ApprovalRefused {
  std::string approval, run_id, account, actor, comment;
  std::string cause;  // empty: a person; "timeout", "halted", "run_ended"
};
struct ClockStopped {
  Time wall;
};
struct ClockConfirmed {
  std::string actor;
};
struct PolicyText {  // a piece of a long document, in the order of `part`; its `policy` follows
  std::string sha256;
  std::int64_t part = 1;
  std::string text;
};
struct MeterHolds {  // what a `meter` event had no room for
  MeterId meter;
  std::vector<HoldId> holds;
  std::vector<std::int64_t> held_each;
};
struct PayloadsErased {  // what lay beside the record under these numbers is gone
  std::int64_t first = 0, last = 0;
  std::string actor, reason;
};
struct Restored {  // from a backup; what was recorded after it is lost
  Time made;       // the backup
  std::string actor;
  std::string rollback;  // why losing it was accepted; empty: nobody was asked
};

using EventBody =
    std::variant<Started, PolicyAdopted, AccountOpened, MeterOpened, MeterClosed, RunStarted,
                 RunRenewed, RunEnded, HoldOpened, HoldExtended, HoldResolved, Refused,
                 RefusedAgain, AlertFired, Paused, Resumed, Raised, RaiseEnded, Halted, HaltLifted,
                 CapUnproven, ClockStopped, ClockConfirmed, ApprovalRequested, ApprovalGiven,
                 ApprovalRefused, PolicyText, MeterHolds, PayloadsErased, Restored>;

struct Event {
  std::uint64_t seq = 0;  // from 1, without gaps
  Time time;
  EventBody body;
};

// What lies beside the record under an event's number and may be erased: nothing is decided by it,
// and no hash covers it but those that its event names.
struct Payload {
  std::uint64_t seq = 0;
  std::string bytes;
};

std::string_view event_type(const EventBody& body);

// Appends the line, without a line end. Unit names come from `units`.
void encode(const Event& event, const Digest& prev, const UnitTable& units, std::string& out);

struct DecodedEvent {
  Event event;
  Digest prev{};
};
// Interns unit names it does not know. Errors: `invalid` with the member that is wrong.
Result<DecodedEvent> decode(std::string_view line, UnitTable& units);

}  // namespace ringfence
