// SPDX-License-Identifier: Apache-2.0
// Starting, renewing, ending and delegating runs.
#include <algorithm>

#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/path.h"
#include "base/random.h"

namespace ringfence::api {
namespace {

constexpr std::size_t kBudgetsMax = 32;
constexpr std::size_t kOperationsMax = 256;
constexpr std::size_t kSubjectMax = 128;  // bytes of a user's, team's, … name
constexpr std::size_t kNameMax = 64;
constexpr std::int64_t kTtlSecondsMax = 366LL * 24 * 3600;
constexpr std::int64_t kRunsShownMax = 1'000;

// What a run's own credential may be used for.
const std::vector<std::string>& all_scopes() {
  static const std::vector<std::string> scopes = {"hold", "delegate"};
  return scopes;
}

std::vector<RunBudget> read_budgets(Fields& fields, const Call& call, Presence presence,
                                    bool& unknown_unit) {
  std::vector<RunBudget> budgets;
  const Json::Array* elements = fields.array("budgets", presence, kBudgetsMax);
  if (elements == nullptr) return budgets;
  if (elements->empty() && presence == kRequired) fields.refuse("budgets", "must not be empty");
  for (std::size_t i = 0; i < elements->size() && fields.ok(); ++i) {
    const std::string name = "budgets[" + std::to_string(i) + "]";
    Fields budget((*elements)[i], fields.place(name));
    const auto unit = budget.unit("unit", kRequired, *call.units);
    const auto cap = budget.amount("cap", kRequired, unit.value_or(kCalls));
    unknown_unit = unknown_unit || budget.unknown_unit();
    fields.absorb(budget.finish());
    if (!fields.ok()) return budgets;
    const bool twice =
        std::ranges::any_of(budgets, [&](const RunBudget& other) { return other.unit == *unit; });
    if (twice) fields.refuse(name, "names a unit that another budget has already");
    budgets.push_back({*unit, *cap});
  }
  return budgets;
}

Identity read_identity(Fields& fields) {
  Identity identity;
  const Json* object = fields.object("on_behalf_of", kOptional);
  if (object == nullptr) return identity;
  Fields inside(*object, fields.place("on_behalf_of"));
  identity.user = inside.text("user", kOptional, kSubjectMax).value_or("");
  identity.team = inside.text("team", kOptional, kSubjectMax).value_or("");
  identity.org = inside.text("org", kOptional, kSubjectMax).value_or("");
  identity.session = inside.text("session", kOptional, kSubjectMax).value_or("");
  fields.absorb(inside.finish());
  return identity;
}

std::optional<Duration> read_ttl(Fields& fields) {
  const auto seconds = fields.integer("ttl_seconds", kOptional, 1, kTtlSecondsMax);
  if (!seconds) return std::nullopt;
  return Duration::seconds(*seconds);
}

Lease read_lease(Fields& fields) {
  const std::string lease = fields.text("lease", kOptional).value_or("supervised");
  if (lease != "supervised" && lease != "none")
    fields.refuse("lease", "must be supervised or none");
  return lease == "none" ? Lease::none : Lease::supervised;
}

struct Minting {
  const auth::RunSigner* signer;
  Time now;
  std::optional<Digest> parent_hash;
  std::vector<std::string> scopes;
};

Json env_json(const EnvironmentRule& env) {
  Json json = Json::Object{};
  if (env.memory_bytes) json.set("memory_bytes", *env.memory_bytes);
  if (env.cpu_millis) json.set("cpu_millis", *env.cpu_millis);
  if (env.pids) json.set("pids", *env.pids);
  if (env.timeout) json.set("timeout_seconds", env.timeout->us / 1'000'000);
  return json;
}

Answer render_credential(const Minting& minting, const Reply& reply) {
  const auto& run = std::get<RunReply>(reply);
  auth::RunClaims claims;
  claims.account = run.account;
  claims.run = run.run_id;
  claims.issued = minting.now;
  claims.expires = run.hard_end;
  claims.depth = run.depth;
  claims.parent_hash = minting.parent_hash;
  claims.scopes = minting.scopes;
  Json json;
  json.set("run", run.run_id).set("account", run.account);
  json.set("credential", minting.signer->sign(std::move(claims)));
  json.set("expires_at", format_rfc3339(run.hard_end));
  json.set("lease_until", format_rfc3339(run.lease_until));
  json.set("lease_seconds", run.lease.us / 1'000'000).set("depth", run.depth);
  if (!run.env.empty()) json.set("env", env_json(run.env));
  return json_answer(201, json);
}

Answer render_lease(const Reply& reply) {
  Json json = Json::Object{};
  if (const auto* run = std::get_if<RunReply>(&reply)) {
    json.set("run", run->run_id).set("account", run->account);
    json.set("expires_at", format_rfc3339(run->hard_end));
    json.set("lease_until", format_rfc3339(run->lease_until));
    json.set("lease_seconds", run->lease.us / 1'000'000);
  }
  return json_answer(200, json);
}

std::string scope_of_target(const Call& call) {
  return call.target_account.empty() ? "/" : call.target_account;
}

// The caller's own run or one it delegated to.
bool below_caller(const Call& call, bool itself_too) {
  const std::string& own = call.caller->claims->account;
  if (!itself_too && call.target_account == own) return false;
  return !call.target_account.empty() && path_within(call.target_account, own);
}

}  // namespace

std::expected<Asked, BuildFailure> build_start_run(const Call& call) {
  Fields fields(call.body);
  StartRun start;
  bool unknown_unit = false;
  start.account = fields.account("account", kRequired).value_or("");
  start.ttl = read_ttl(fields);
  start.budgets = read_budgets(fields, call, kOptional, unknown_unit);
  start.operations = fields.texts("operations", kOperationsMax, kOperationTextMax);
  start.labels = fields.labels("labels");
  start.identity = read_identity(fields);
  start.lease = read_lease(fields);
  if (const auto read = fields.finish(); !read) return refused(read.error(), unknown_unit);
  start.run_id = random_id("r_");
  start.actor = call.caller->actor;
  std::string scope = start.account;
  Minting minting{call.signer, call.now, std::nullopt, all_scopes()};
  return Asked{std::move(start), std::move(scope),
               [minting](const Reply& reply) { return render_credential(minting, reply); }};
}

std::expected<Asked, BuildFailure> build_delegate_run(const Call& call) {
  if (call.param != call.run()) {
    return refused(Reason::forbidden, "A run can delegate only below itself.");
  }
  const auto& scopes = call.caller->claims->scopes;
  if (std::ranges::find(scopes, "delegate") == scopes.end()) {
    return refused(Reason::forbidden, "This credential may not delegate.");
  }
  Fields fields(call.body);
  StartRun start;
  bool unknown_unit = false;
  const auto name = fields.text("name", kOptional, kNameMax);
  start.ttl = read_ttl(fields);
  start.budgets = read_budgets(fields, call, kRequired, unknown_unit);
  start.operations = fields.texts("operations", kOperationsMax, kOperationTextMax);
  if (const auto read = fields.finish(); !read) return refused(read.error(), unknown_unit);
  if (name) start.labels.emplace_back("name", *name);
  start.run_id = random_id("r_");
  start.parent_run = call.run();
  start.actor = call.caller->actor;
  Minting minting{call.signer, call.now, call.caller->token_hash, scopes};
  return Asked{std::move(start), "/",
               [minting](const Reply& reply) { return render_credential(minting, reply); }};
}

std::expected<Asked, BuildFailure> build_renew_run(const Call& call) {
  // The lease says that a supervisor lives, so the run itself is the one that cannot renew it.
  if (call.by_run() && !below_caller(call, false)) {
    return refused(
        Reason::forbidden,
        "A run's lease is renewed by its supervisor or by the run that delegated to it.");
  }
  Fields fields(call.body);
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return Asked{RenewRun{call.param, call.caller->actor}, scope_of_target(call), render_lease};
}

std::expected<Asked, BuildFailure> build_end_run(const Call& call) {
  if (call.by_run() && !below_caller(call, true)) {
    return refused(Reason::forbidden, "A run can end itself and the runs below it.");
  }
  Fields fields(call.body);
  const std::string reason = fields.text("reason", kOptional).value_or("ended");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return Asked{EndRun{call.param, call.caller->actor, reason}, scope_of_target(call),
               [run = call.param](const Reply&) {
                 Json json;
                 json.set("run", run).set("state", "ended");
                 return json_answer(200, json);
               }};
}

Looked look_at_runs(const Engine& engine, Time, const Call& call) {
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  auto runs = engine.live_runs(kRunsShownMax + 1);
  return {"/", [runs = std::move(runs), units = engine.units()] {
            const auto shown = std::min<std::size_t>(runs.size(), kRunsShownMax);
            Json list = Json::Array{};
            for (std::size_t i = 0; i < shown; ++i) list.push(json_of(runs[i], units));
            Json json;
            json.set("runs", std::move(list)).set("truncated", shown < runs.size());
            return json_answer(200, json);
          }};
}

Looked look_at_run(const Engine& engine, Time, const Call& call) {
  auto run = engine.run(call.param);
  const bool hidden =
      run && call.by_run() && !path_within(run->account, call.caller->claims->account);
  if (!run || hidden) return looked(refusal_of(Reason::not_found, "There is no such run."));
  std::string scope = run->account;
  return {std::move(scope), [run = std::move(*run), units = engine.units()] {
            return json_answer(200, json_of(run, units));
          }};
}

}  // namespace ringfence::api
