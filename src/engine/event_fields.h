// SPDX-License-Identifier: Apache-2.0
// The members of every event type, in the order in which they stand in a line: one table for both
// directions, so that what is written can always be read.
//
// Contract: internal to the codec. `members(f, event)` calls, for each member in order,
// `f.must(name, value)` for one that always stands there, or `f.may(name, value[, default])` for
// one that is left out at its default. New members go where they read best and are always `may`;
// none is ever renamed, moved or removed, since old lines must stay readable.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include "engine/event.h"

namespace ringfence::codec {

// A struct, const when it is written.
template <class T, class Event>
concept Of = std::same_as<std::remove_const_t<T>, Event>;

// The `type` of each alternative of EventBody, in its order.
inline constexpr std::string_view kTypes[] = {"started",
                                              "policy",
                                              "account",
                                              "meter",
                                              "meter_closed",
                                              "run_started",
                                              "run_renewed",
                                              "run_ended",
                                              "hold",
                                              "extended",
                                              "resolved",
                                              "refused",
                                              "refused_again",
                                              "alert",
                                              "paused",
                                              "resumed",
                                              "raised",
                                              "raise_ended",
                                              "halted",
                                              "halt_lifted",
                                              "cap_unproven",
                                              "clock_stopped",
                                              "clock_confirmed",
                                              "approval_requested",
                                              "approval_given",
                                              "approval_refused",
                                              "policy_text",
                                              "meter_holds",
                                              "payloads_erased",
                                              "restored"};
static_assert(std::size(kTypes) == std::variant_size_v<EventBody>);

// Longer than any: lines of earlier versions carry a whole policy document.
inline constexpr std::size_t kEventBytesMax = 16 << 20;

std::optional<HoldState> hold_state_from(std::string_view text);
std::optional<PolicySource> policy_source_from(std::string_view text);

template <class F>
void members(F& f, Of<Started> auto& e) {
  f.must("version", e.version);
}
template <class F>
void members(F& f, Of<PolicyAdopted> auto& e) {
  f.must("sha256", e.sha256);
  f.may("version", e.version);
  f.may("actor", e.actor);
  f.may("source", e.source);
  f.may("document", e.document);
}
template <class F>
void members(F& f, Of<AccountOpened> auto& e) {
  f.must("id", e.id);
  f.must("path", e.path);
}
template <class F>
void members(F& f, Of<MeterOpened> auto& e) {
  f.must("meter", e.meter);
  f.must("wall", e.wall);
  f.must("unit", e.unit);
  f.must("window", e.window);
  f.may("subject", e.subject);
  f.may("start", e.span.start);
  f.may("end", e.span.end, Time::max());
  f.may("settled", e.settled);
  f.may("held", e.held);
  f.may_pair("holds", e.holds, e.held_each);
}
template <class F>
void members(F& f, Of<MeterClosed> auto& e) {
  f.must("meter", e.meter);
}
template <class F>
void members(F& f, Of<RunStarted> auto& e) {
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.may("parent", e.parent_run);
  f.may("actor", e.actor);
  f.must("hard_end", e.hard_end);
  f.must("lease_until", e.lease_until);
  f.must("lease_us", e.lease);
  f.may("unsupervised", e.unsupervised);
  f.may("budgets", e.budgets);
  f.may("operations", e.operations);
  f.may_object("labels", e.labels);
  f.may("user", e.identity.user);
  f.may("team", e.identity.team);
  f.may("org", e.identity.org);
  f.may("session", e.identity.session);
  f.may("memory_bytes", e.env.memory_bytes);
  f.may("cpu_millis", e.env.cpu_millis);
  f.may("pids", e.env.pids);
  f.may("timeout_us", e.env.timeout);
}
template <class F>
void members(F& f, Of<RunRenewed> auto& e) {
  f.must("run", e.run_id);
  f.must("lease_until", e.lease_until);
}
template <class F>
void members(F& f, Of<RunEnded> auto& e) {
  f.must("run", e.run_id);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
  f.may("revoked", e.revoked);
}
template <class F>
void members(F& f, Of<HoldOpened> auto& e) {
  f.must("hold", e.hold);
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.must("operation", e.operation);
  f.may("further", e.further);
  f.must("holder", e.holder);
  f.may("need", e.need);
  f.may("physical_max", e.physical_max);
  f.may("meters", e.meters);
  f.must("deadline", e.deadline);
  f.may("output_cap", e.output_cap, std::int64_t{-1});
  f.may("clamped", e.clamped);
  f.may("declared", e.declared);
  f.may("policy", e.policy);
  f.may("decision", e.decision_id);
  f.may("key", e.key);
  f.may("approval", e.approval);
  f.may("digest", e.digest);
  f.may("args_digest", e.args_digest);
  f.may_object("labels", e.labels);
  f.may("would_refuse", e.would_refuse);
}
template <class F>
void members(F& f, Of<HoldExtended> auto& e) {
  f.must("hold", e.hold);
  f.may("added", e.added);
  f.may("meters", e.meters);
  f.must("deadline", e.deadline);
}
template <class F>
void members(F& f, Of<HoldResolved> auto& e) {
  f.must("hold", e.hold);
  f.must("state", e.state);
  f.must("account", e.account);
  f.must("operation", e.operation);
  f.may("actual", e.actual);
  f.may("charged", e.charged);
  f.may("claimed", e.claimed);
  f.may("late", e.late);
  f.may("uncertain", e.uncertain);
  f.may("implausible", e.implausible);
  f.may("corrected", e.corrected);
  f.may("actor", e.actor);
  f.may("note", e.note);
  f.may("objects", e.objects);
}
template <class F>
void members(F& f, Of<WallState> auto& e) {
  f.must("name", e.name);
  f.must("account", e.account);
  f.must("unit", e.unit);
  f.must("window", e.window);
  f.must("cap", e.cap);
  f.must("settled", e.settled);
  f.must("held", e.held);
  f.must("need", e.need);
  f.may("resets_at", e.resets_at);
  f.may("scale", e.scale);
}
template <class F>
void members(F& f, Of<Refused> auto& e) {
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.must("operation", e.operation);
  f.must("reason", e.reason);
  f.may("sentence", e.sentence);
  f.may("wall_key", e.wall_key);
  f.may("wall", e.wall);
  f.may("downgrade", e.downgrade);
  f.may("approval", e.approval);
  f.may("decision", e.decision_id);
  f.may("key", e.key);
  f.may("args_digest", e.args_digest);
  f.may("digest", e.digest);
}
template <class F>
void members(F& f, Of<RefusedAgain> auto& e) {
  f.must("run", e.run_id);
  f.must("operation", e.operation);
  f.must("reason", e.reason);
  f.may("wall_key", e.wall_key);
  f.must("count", e.count);
  f.may("first_decision", e.first_decision_id);
  f.may("last_decision", e.last_decision_id);
  f.may("args_digest", e.args_digest);
}
template <class F>
void members(F& f, Of<AlertFired> auto& e) {
  f.must("meter", e.meter);
  f.must("wall", e.wall);
  f.must("unit", e.unit);
  f.may("subject", e.subject);
  f.must("threshold", e.threshold);
  f.must("settled", e.settled);
  f.must("cap", e.cap);
}
template <class F>
void members(F& f, Of<Paused> auto& e) {
  f.must("account", e.account);
  f.must("cause", e.cause);
  f.may("wall_key", e.wall_key);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<Resumed> auto& e) {
  f.must("account", e.account);
  f.must("cause", e.cause);
  f.may("wall_key", e.wall_key);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<Raised> auto& e) {
  f.must("meter", e.meter);
  f.must("account", e.account);
  f.must("cap", e.cap);
  f.may("until", e.until, Time::max());
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<RaiseEnded> auto& e) {
  f.must("meter", e.meter);
  f.may("why", e.why);
}
template <class F>
void members(F& f, Of<Halted> auto& e) {
  f.must("halt", e.halt_id);
  f.may("account", e.account);
  f.may("operation", e.operation);
  f.may("everything", e.everything);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<HaltLifted> auto& e) {
  f.must("halt", e.halt_id);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<CapUnproven> auto& e) {
  f.must("operation", e.operation);
}
template <class F>
void members(F& f, Of<ApprovalRequested> auto& e) {
  f.must("approval", e.approval);
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.must("operation", e.operation);
  f.may("further", e.further);
  f.must("action", e.action);
  f.may("args_digest", e.args_digest);
  f.may("has_args", e.has_args);
  f.may("need", e.need);
  f.may("rules", e.rules);
  f.may("walls", e.walls);
  f.may("approvers", e.approvers);
  f.may("quorum", e.quorum, std::int64_t{1});
  f.may("uses", e.uses, std::int64_t{1});
  f.must("expires_at", e.expires_at);
  f.may("policy", e.policy);
  f.may("decision", e.decision_id);
}
template <class F>
void members(F& f, Of<ApprovalGiven> auto& e) {
  f.must("approval", e.approval);
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.must("actor", e.actor);
  f.may("groups", e.groups);
  f.may("comment", e.comment);
  f.may("uses", e.uses, std::int64_t{1});
  f.must("until", e.until);
}
template <class F>
void members(F& f, Of<ApprovalRefused> auto& e) {
  f.must("approval", e.approval);
  f.must("run", e.run_id);
  f.must("account", e.account);
  f.may("actor", e.actor);
  f.may("cause", e.cause);
  f.may("comment", e.comment);
}
template <class F>
void members(F& f, Of<ClockStopped> auto& e) {
  f.must("wall", e.wall);
}
template <class F>
void members(F& f, Of<ClockConfirmed> auto& e) {
  f.may("actor", e.actor);
}
template <class F>
void members(F& f, Of<PayloadsErased> auto& e) {
  f.must("first", e.first);
  f.must("last", e.last);
  f.may("actor", e.actor);
  f.may("reason", e.reason);
}
template <class F>
void members(F& f, Of<Restored> auto& e) {
  f.must("made", e.made);
  f.may("actor", e.actor);
  f.may("rollback", e.rollback);
}
template <class F>
void members(F& f, Of<PolicyText> auto& e) {
  f.must("sha256", e.sha256);
  f.must("part", e.part);
  f.must("text", e.text);
}
template <class F>
void members(F& f, Of<MeterHolds> auto& e) {
  f.must("meter", e.meter);
  f.may_pair("holds", e.holds, e.held_each);
}

}  // namespace ringfence::codec
