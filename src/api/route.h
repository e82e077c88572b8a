// SPDX-License-Identifier: Apache-2.0
// Route: the table of what the API answers, and the shapes of its handlers.
//
// Contract: plain values and pure functions; no socket and no coroutine in sight. A route either
//   * builds one command for the engine and renders its reply (so that it can stand in a batch),
//   * looks at the engine (on its thread: copy, do not render) and renders afterwards, or
//   * is special and has its own coroutine.
// Before a handler runs, the caller is known and holds the route's rights. An operator's rights
// count on the account that the handler names as its scope; a run credential opens only the routes
// that say so, and its handler checks whose thing it asks about.
#pragma once

#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "api/answer.h"
#include "api/query.h"
#include "auth/credential.h"
#include "engine/engine.h"

namespace ringfence::api {

struct Call {
  const auth::Caller* caller = nullptr;
  std::string param;  // what stands for the {name} in the route's pattern
  Query query;
  Json body = Json::Object{};
  std::shared_ptr<const UnitTable> units;
  const auth::RunSigner* signer = nullptr;
  Time now;
  // Of the run, hold or approval in `param`, when the route asks for it; empty: unknown here.
  std::string target_account;

  bool by_run() const { return caller->is_run(); }
  const std::string& run() const { return caller->claims->run; }
};

struct Asked {
  Command command;
  std::string scope = "/";                     // the account on which an operator needs the right
  std::function<Answer(const Reply&)> render;  // of any reply but a refusal
};
struct BuildFailure {
  Refusal refusal;
  bool unknown_unit = false;  // a newer table of units may know it
};
using Build = std::expected<Asked, BuildFailure> (*)(const Call&);

using Renderer = std::function<Answer()>;
struct Looked {
  std::string scope = "/";
  Renderer render;
};
using Look = Looked (*)(const Engine&, Time now, const Call&);

enum class Special : std::uint8_t {
  health,
  readiness,
  metrics,
  events,
  batch,
  put_policy,
  approval,
  webhooks,
  witnesses,
  audit_checkpoint,
  audit_vkey,
  audit_policy,
  audit_tile,
  audit_entries,
  audit_proof,
};

enum class Target : std::uint8_t { none, run, hold, approval };

// Which state a run credential must be in.
enum class RunState : std::uint8_t {
  refused,  // the route is not for runs
  live,     // looked up before the handler
  engine,   // the engine decides it with the command itself
  any,      // also expired or revoked
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // one {name} or, last or before a fixed tail, {path...} for several
  auth::Rights rights;       // of an operator; none: the route is not for operators
  RunState runs = RunState::refused;
  std::variant<Build, Look, Special> handler;
  Target target = Target::none;
  bool open = false;  // needs no credential at all
};

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;  // null: nothing here
  std::string param;             // percent-decoded
  std::string allow;             // when only the method does not fit: those that would
};
Result<Match> match_route(std::string_view method, std::string_view path);

// The JSON Schema names of parameters and such live in docs/openapi.yaml, which a test holds
// against this table.

// ---- handlers, one family per file ----------------------------------------------------------

// runs.cc
std::expected<Asked, BuildFailure> build_start_run(const Call& call);
std::expected<Asked, BuildFailure> build_renew_run(const Call& call);
std::expected<Asked, BuildFailure> build_end_run(const Call& call);
std::expected<Asked, BuildFailure> build_delegate_run(const Call& call);
Looked look_at_runs(const Engine& engine, Time now, const Call& call);
Looked look_at_run(const Engine& engine, Time now, const Call& call);

// holds.cc
std::expected<Asked, BuildFailure> build_place_hold(const Call& call);
std::expected<Asked, BuildFailure> build_settle_hold(const Call& call);
std::expected<Asked, BuildFailure> build_release_hold(const Call& call);
std::expected<Asked, BuildFailure> build_extend_hold(const Call& call);
std::expected<Asked, BuildFailure> build_correct_hold(const Call& call);
Looked look_at_holds(const Engine& engine, Time now, const Call& call);
Looked look_at_hold(const Engine& engine, Time now, const Call& call);

// accounts.cc
Looked look_at_account(const Engine& engine, Time now, const Call& call);
Looked look_at_accounts(const Engine& engine, Time now, const Call& call);
Looked look_at_quota(const Engine& engine, Time now, const Call& call);
std::expected<Asked, BuildFailure> build_raise(const Call& call);
std::expected<Asked, BuildFailure> build_pause(const Call& call);
std::expected<Asked, BuildFailure> build_resume(const Call& call);

// halts.cc
std::expected<Asked, BuildFailure> build_place_halt(const Call& call);
std::expected<Asked, BuildFailure> build_lift_halt(const Call& call);
Looked look_at_halts(const Engine& engine, Time now, const Call& call);

// approvals.cc
std::expected<Asked, BuildFailure> build_approve(const Call& call);
std::expected<Asked, BuildFailure> build_refuse(const Call& call);
Looked look_at_approvals(const Engine& engine, Time now, const Call& call);

// policy.cc
Looked look_at_policy(const Engine& engine, Time now, const Call& call);
Looked look_at_policy_versions(const Engine& engine, Time now, const Call& call);

// explain.cc
Looked look_at_explanation(const Engine& engine, Time now, const Call& call);

// status.cc
Looked look_at_status(const Engine& engine, Time now, const Call& call);
std::expected<Asked, BuildFailure> build_confirm_clock(const Call& call);
std::expected<Asked, BuildFailure> build_erase_payloads(const Call& call);

// ---- what handlers share --------------------------------------------------------------------

std::unexpected<BuildFailure> refused(Reason reason, std::string sentence = {},
                                      std::string field = {});
std::unexpected<BuildFailure> refused(const Error& error, bool unknown_unit = false);
Looked looked(Refusal refusal);
// 200 {"<name>": id}, or {} when the reply has none.
Answer ok_answer(int status, std::string_view name, const Reply& reply);

}  // namespace ringfence::api
