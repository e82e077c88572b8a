// SPDX-License-Identifier: Apache-2.0
#include "api/render.h"

#include <algorithm>
#include <charconv>

#include "base/checked.h"

namespace ringfence::api {
namespace {

Json amount_json(Unit unit, std::int64_t amount) {
  if (unit_scale(unit) > 0) return format_amount(unit, amount);
  return amount;
}

Json strings_json(const std::vector<std::string>& texts) {
  return Json::Array(texts.begin(), texts.end());
}

Json labels_json(const std::vector<std::pair<std::string, std::string>>& labels) {
  Json json = Json::Object{};
  for (const auto& [name, value] : labels) json.set(name, value);
  return json;
}

void set_if(Json& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.set(name, text);
}

// A run that nobody ended and that lives no more has lost its lease or reached its hard end.
std::string_view state_of(const RunView& run) {
  if (run.live) return "live";
  if (run.revoked) return "revoked";
  return run.ended_reason.empty() ? "expired" : "ended";
}

Json identity_json(const Identity& identity) {
  Json json = Json::Object{};
  set_if(json, "user", identity.user);
  set_if(json, "team", identity.team);
  set_if(json, "org", identity.org);
  set_if(json, "session", identity.session);
  return json;
}

}  // namespace

std::string hold_text(HoldId hold) { return std::to_string(hold.number); }

std::optional<HoldId> parse_hold(std::string_view text) {
  HoldId hold;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, hold.number);
  const bool canonical = error == std::errc{} && stop == end && hold_text(hold) == text;
  if (!canonical || hold.number == 0) return std::nullopt;
  return hold;
}

Json amounts_json(const Amounts& amounts, const UnitTable& units) {
  Json json = Json::Object{};
  amounts.for_each([&](Unit unit, std::int64_t amount) {
    if (unit.index < units.size()) json.set(units.name(unit), amount_json(unit, amount));
  });
  return json;
}

Json json_of(const AllowReply& reply, const UnitTable& units) {
  Json json;
  json.set("hold", hold_text(reply.hold)).set("decision", "allow");
  json.set("expires_at", format_rfc3339(reply.expires_at));
  json.set("held", amounts_json(reply.held, units));
  json.set("remaining", amounts_json(reply.remaining, units));
  json.set("alerts", strings_json(reply.alerts));
  set_if(json, "decision_id", reply.decision_id);
  return json;
}

Json json_of(const ResolveReply& reply, const UnitTable& units) {
  Json json;
  json.set("hold", hold_text(reply.hold)).set("state", to_string(reply.state));
  json.set("charged", amounts_json(reply.charged, units));
  json.set("held", amounts_json(reply.held, units));
  if (!reply.claimed.empty()) json.set("claimed", amounts_json(reply.claimed, units));
  if (reply.late) json.set("late", true);
  if (reply.uncertain) json.set("uncertain", true);
  if (reply.implausible) json.set("implausible", true);
  return json;
}

Json json_of(const MeterView& meter) {
  const auto text = [&](std::int64_t amount) { return format_amount(meter.unit, amount); };
  Json json;
  json.set("wall", meter.wall).set("account", meter.subject).set("unit", meter.unit_name);
  json.set("window", to_string(meter.window)).set("cap", text(meter.cap));
  if (meter.policy_cap != meter.cap) json.set("policy_cap", text(meter.policy_cap));
  json.set("settled", text(meter.settled)).set("held", text(meter.held));
  const std::int64_t used = saturating_add(meter.settled, meter.held);
  json.set("left", text(std::max<std::int64_t>(0, saturating_add(meter.cap, -used))));
  if (meter.observe_only) json.set("observe_only", true);
  if (meter.resets_at) json.set("resets_at", format_rfc3339(*meter.resets_at));
  if (meter.raised_until && *meter.raised_until != Time::max()) {
    json.set("raised_until", format_rfc3339(*meter.raised_until));
  }
  if (meter.waiters > 0) json.set("waiters", static_cast<std::int64_t>(meter.waiters));
  return json;
}

Json json_of(const AccountView& account) {
  Json json;
  json.set("account", account.path);
  set_if(json, "role", account.role);
  json.set("state", account.halted ? "halted" : account.open ? "open" : "paused");
  if (account.is_run) json.set("is_run", true);
  Json pauses = Json::Array{};
  for (const PauseView& pause : account.pauses) {
    Json one;
    one.set("cause", pause.cause);
    set_if(one, "wall", pause.wall);
    set_if(one, "reason", pause.reason);
    pauses.push(std::move(one));
  }
  json.set("pauses", std::move(pauses));
  Json budgets = Json::Array{};
  for (const MeterView& meter : account.meters) budgets.push(json_of(meter));
  json.set("budgets", std::move(budgets));
  json.set("open_holds", static_cast<std::int64_t>(account.open_holds));
  json.set("children", strings_json(account.children));
  return json;
}

Json json_of(const RunView& run, const UnitTable& units) {
  Json json;
  json.set("run", run.run_id).set("account", run.account);
  set_if(json, "parent", run.parent_run);
  set_if(json, "actor", run.actor);
  json.set("state", state_of(run));
  set_if(json, "ended_reason", run.ended_reason);
  json.set("started_at", format_rfc3339(run.started));
  json.set("expires_at", format_rfc3339(run.hard_end));
  json.set("lease_until", format_rfc3339(run.lease_until));
  json.set("on_behalf_of", identity_json(run.identity)).set("labels", labels_json(run.labels));
  json.set("holds", run.holds).set("refusals", run.refusals);
  json.set("settled", amounts_json(run.settled, units)).set("held", amounts_json(run.held, units));
  return json;
}

Json json_of(const HaltView& halt) {
  Json json;
  json.set("halt", halt.id);
  set_if(json, "account", halt.account);
  set_if(json, "operation", halt.operation);
  json.set("everything", halt.everything).set("reason", halt.reason).set("actor", halt.actor);
  json.set("placed_at", format_rfc3339(halt.placed));
  return json;
}

Json json_of(const HoldView& hold, const UnitTable& units) {
  Json json;
  json.set("hold", hold_text(hold.id)).set("run", hold.run_id).set("account", hold.account);
  json.set("operation", hold.operation).set("holder", hold.holder);
  json.set("state", to_string(hold.state)).set("held", amounts_json(hold.need, units));
  if (hold.state != HoldState::open) json.set("charged", amounts_json(hold.charged, units));
  if (!hold.live.empty()) json.set("live", amounts_json(hold.live, units));
  json.set("opened_at", format_rfc3339(hold.opened));
  json.set("expires_at", format_rfc3339(hold.deadline));
  return json;
}

Json json_of(const StatusView& status) {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  Json json;
  json.set("events", static_cast<std::int64_t>(status.events));
  json.set("accounts", count(status.accounts)).set("live_runs", count(status.live_runs));
  json.set("open_holds", count(status.open_holds)).set("waiters", count(status.waiters));
  json.set("meters", count(status.meters)).set("halts", count(status.halts));
  json.set("decisions", static_cast<std::int64_t>(status.decisions));
  json.set("started_at", format_rfc3339(status.started));
  json.set("policy_version", status.policy_version);
  json.set("clock_stepped", status.clock_stepped).set("policy_sha256", status.policy_sha256);
  return json;
}

namespace {

Json given_json(const GivenApproval& given) {
  Json json;
  json.set("by", given.actor).set("at", format_rfc3339(given.at));
  set_if(json, "comment", given.comment);
  return json;
}

// Who asks for whom, and what asks whom.
void add_for_people(Json& json, const ApprovalView& approval) {
  json.set("started_by", approval.started_by).set("identity", identity_json(approval.identity));
  json.set("args_digest", "sha256:" + to_hex(approval.args_digest));
  json.set("rules", strings_json(approval.rules)).set("walls", strings_json(approval.walls));
  json.set("approvers", strings_json(approval.approvers)).set("quorum", approval.quorum);
  Json given = Json::Array{};
  for (const GivenApproval& each : approval.given) given.push(given_json(each));
  json.set("given", std::move(given));
  set_if(json, "refused_by", approval.actor);
}

}  // namespace

Json json_of(const ApprovalView& approval, const UnitTable& units, bool by_run) {
  Json json;
  json.set("approval", approval.id).set("state", to_string(approval.state));
  json.set("run", approval.run_id).set("account", approval.account);
  json.set("operation", approval.operation);
  if (!approval.further.empty()) json.set("further", strings_json(approval.further));
  json.set("need", amounts_json(approval.need, units));
  json.set("asked_at", format_rfc3339(approval.asked));
  json.set("expires_at", format_rfc3339(approval.expires_at));
  json.set("uses_left", approval.uses_left);
  if (approval.until) json.set("until", format_rfc3339(*approval.until));
  if (approval.decided_at) json.set("decided_at", format_rfc3339(*approval.decided_at));
  set_if(json, "comment", approval.comment);
  set_if(json, "cause", approval.cause);
  if (!by_run) add_for_people(json, approval);
  return json;
}

}  // namespace ringfence::api
