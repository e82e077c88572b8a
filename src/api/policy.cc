// SPDX-License-Identifier: Apache-2.0
// The policy: the version in force, those before it, and bringing in another one.
#include "api/admission.h"
#include "api/core.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

using http::awaitable;

Json json_of(const PolicyVersion& version) {
  Json json;
  json.set("version", version.version).set("sha256", version.sha256);
  json.set("actor", version.actor).set("source", to_string(version.source));
  json.set("adopted_at", format_rfc3339(version.adopted));
  json.set("seq", static_cast<std::int64_t>(version.seq));
  return json;
}

std::string etag_of(const std::string& sha256) { return '"' + sha256 + '"'; }

Json list_of(const std::vector<std::string>& lines) {
  Json list(Json::Array{});
  for (const std::string& line : lines) list.push(line);
  return list;
}

// The one version that If-Match names; empty: any.
Result<std::string> version_to_follow(const http::Request& request) {
  const auto tag = request.header("if-match");
  if (!tag || *tag == "*") return std::string();
  const bool quoted = tag->size() == 66 && tag->front() == '"' && tag->back() == '"';
  if (!quoted) return invalid("expected the ETag of one version, such as GET gives it", "if-match");
  return std::string(tag->substr(1, 64));
}

Answer answer_to(const PolicyProblem& problem) {
  if (problem.refusal.reason == Reason::conflict) {
    return problem_answer(412, "conflict", problem.refusal.sentence);
  }
  Answer answer = problem_answer(problem.refusal);
  auto json = Json::parse(answer.body);
  if (!json || problem.mistakes.empty()) return answer;
  json->set("mistakes", list_of(problem.mistakes));
  answer.body = json->text();
  return answer;
}

Answer answer_to(const PolicyOutcome& outcome, bool dry_run) {
  Json json;
  json.set("version", outcome.reply.version).set("sha256", outcome.reply.sha256);
  json.set("changed", outcome.reply.changed).set("dry_run", dry_run);
  json.set("warnings", list_of(outcome.warnings));
  Answer answer = json_answer(200, json);
  if (!dry_run) answer.headers.set("etag", etag_of(outcome.reply.sha256));
  return answer;
}

}  // namespace

Looked look_at_policy(const Engine& engine, Time, const Call& call) {
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  return {"/", [policy = engine.policy(), version = engine.policy_versions().back()] {
            Json json = json_of(version);
            json.set("document", policy->text());
            Answer answer = json_answer(200, json);
            answer.headers.set("etag", etag_of(version.sha256));
            return answer;
          }};
}

Looked look_at_policy_versions(const Engine& engine, Time, const Call& call) {
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  return {"/", [versions = engine.policy_versions()] {
            Json list(Json::Array{});
            for (auto each = versions.rbegin(); each != versions.rend(); ++each) {
              list.push(json_of(*each));
            }
            Json json;
            json.set("versions", std::move(list));
            return json_answer(200, json);
          }};
}

awaitable<Answer> ApiCore::put_policy(http::Request& request, const Plan& plan) {
  const Query& query = plan.call.query;
  if (const auto known = query.allow_only({"dry_run"}); !known) {
    co_return problem_answer(refusal_of(known.error()));
  }
  const auto dry_run = query.integer("dry_run", 0, 1, 0);
  if (!dry_run) co_return problem_answer(refusal_of(dry_run.error()));
  if (const auto refusal = check_scope(*plan.route, *plan.call.caller, "/")) {
    co_return problem_answer(*refusal);
  }
  auto follows = version_to_follow(request);
  if (!follows) co_return problem_answer(refusal_of(follows.error()));
  auto text = co_await body_of(request, kPolicyDocumentMax);
  if (!text) co_return text.error();
  PolicyChange change;
  change.text = std::move(*text);
  change.actor = plan.call.caller->actor;
  change.follows = std::move(*follows);
  change.dry_run = *dry_run == 1;
  const auto outcome = co_await ask_policy(*policy_, std::move(change));
  if (!outcome) co_return answer_to(outcome.error());
  co_return answer_to(*outcome, *dry_run == 1);
}

}  // namespace ringfence::api
