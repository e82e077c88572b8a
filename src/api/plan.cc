// SPDX-License-Identifier: Apache-2.0
#include "api/plan.h"

#include "api/admission.h"
#include "api/render.h"

namespace ringfence::api {
namespace {

Answer no_such_path() {
  return problem_answer(404, "not_found", "There is nothing at this path. See docs/openapi.yaml.");
}

Answer wrong_method(const std::string& allow) {
  Answer answer = problem_answer(405, "method_not_allowed", "This path takes only " + allow + ".");
  answer.headers.set("allow", allow);
  return answer;
}

}  // namespace

Plan open_plan(std::string_view method, std::string_view path, std::string_view query,
               const Asker& asker) {
  Plan plan;
  plan.call.caller = asker.caller;
  plan.call.signer = asker.signer;
  plan.call.now = asker.now;
  auto match = match_route(method, path);
  if (!match) {
    plan.answer = problem_answer(refusal_of(match.error()));
    return plan;
  }
  if (match->route == nullptr) {
    plan.answer = match->allow.empty() ? no_such_path() : wrong_method(match->allow);
    return plan;
  }
  plan.route = match->route;
  plan.call.param = std::move(match->param);
  if (const auto refusal = check_caller(*plan.route, *asker.caller)) {
    plan.answer = problem_answer(*refusal);
    return plan;
  }
  auto parameters = Query::parse(query);
  if (!parameters) {
    plan.answer = problem_answer(refusal_of(parameters.error()));
    return plan;
  }
  plan.call.query = std::move(*parameters);
  if (std::holds_alternative<Build>(plan.route->handler)) {
    if (const auto known = plan.call.query.allow_only({}); !known) {
      plan.answer = problem_answer(refusal_of(known.error()));
    }
  }
  return plan;
}

bool needs_lookup(const Plan& plan) {
  if (plan.decided()) return false;
  const bool live = plan.call.by_run() && plan.route->runs == RunState::live;
  return live || plan.route->target != Target::none;
}

void look_up(Plan& plan, const Engine& engine, Time now) {
  if (!needs_lookup(plan)) return;
  if (plan.call.by_run() && plan.route->runs == RunState::live) {
    if (const auto refusal = check_live(engine.run(plan.call.run()), now)) {
      plan.answer = problem_answer(*refusal);
      return;
    }
  }
  if (plan.route->target == Target::run) {
    if (const auto run = engine.run(plan.call.param)) plan.call.target_account = run->account;
  } else if (plan.route->target == Target::hold) {
    const auto id = parse_hold(plan.call.param);
    const auto hold = id ? engine.hold(*id) : std::nullopt;
    if (hold) plan.call.target_account = hold->account;
  } else if (plan.route->target == Target::approval) {
    const auto approval = engine.approval(plan.call.param, now);
    if (approval) plan.call.target_account = approval->account;
  }
}

bool build(Plan& plan, const std::shared_ptr<const UnitTable>& units) {
  if (plan.decided()) return false;
  plan.call.units = units;
  auto built = std::get<Build>(plan.route->handler)(plan.call);
  if (!built) {
    plan.answer = problem_answer(built.error().refusal);
    return built.error().unknown_unit;
  }
  if (const auto refusal = check_scope(*plan.route, *plan.call.caller, built->scope)) {
    plan.answer = problem_answer(*refusal);
    return false;
  }
  plan.asked = std::move(*built);
  return false;
}

Answer render(const Plan& plan, const Reply& reply) {
  if (const auto* refusal = std::get_if<Refusal>(&reply)) return problem_answer(*refusal);
  return plan.asked->render(reply);
}

}  // namespace ringfence::api
