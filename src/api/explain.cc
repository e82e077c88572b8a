// SPDX-License-Identifier: Apache-2.0
// Why an operation would be allowed or refused now.
#include "api/render.h"
#include "api/route.h"
#include "base/path.h"
#include "whatif/asked.h"
#include "whatif/explanation.h"

namespace ringfence::api {
namespace {

Result<ProspectQuestion> question_of(const Call& call, const UnitTable& units) {
  const auto known = call.query.allow_only(
      {"account", "operation", "command", "args", "need", "user", "team", "org", "session"});
  if (!known) return std::unexpected(known.error());
  TestRequest request;
  request.account = call.query.text("account");
  request.operation = call.query.text("operation");
  request.command = call.query.text("command");
  request.args = call.query.text("args");
  if (const auto checked = check_account_path(request.account); !checked) {
    return invalid(checked.error().message, "account");
  }
  if (request.operation.empty() == request.command.empty()) {
    return invalid("say operation= or command=, one of them", "operation");
  }
  const auto need = parse_need(call.query.text("need"), units);
  if (!need) return std::unexpected(need.error());
  request.need = *need;
  auto hold = hold_for(request);
  if (!hold) return std::unexpected(hold.error());
  return ProspectQuestion{request.account,
                          {call.query.text("user"), call.query.text("team"), call.query.text("org"),
                           call.query.text("session")},
                          *std::move(hold)};
}

}  // namespace

Looked look_at_explanation(const Engine& engine, Time now, const Call& call) {
  auto question = question_of(call, engine.units());
  if (!question) return looked(refusal_of(question.error()));
  std::string scope = question->account;
  auto prospect = engine.prospect(*question, now);
  return {std::move(scope), [prospect = std::move(prospect), question = *std::move(question),
                             policy = engine.policy()] {
            const Explanation said = explain(prospect, question, rule_places_of(*policy));
            return json_answer(200, ringfence::json_of(said));
          }};
}

}  // namespace ringfence::api
