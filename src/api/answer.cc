// SPDX-License-Identifier: Apache-2.0
#include "api/answer.h"

#include "base/decimal.h"

namespace ringfence::api {
namespace {

constexpr std::string_view kProblemTypes = "https://ringfence.dev/problems/";
constexpr int kMoneyScale = 9;

// "too_large" is titled "Too large".
std::string title_of(std::string_view reason) {
  std::string title(reason);
  for (char& c : title) {
    if (c == '_') c = ' ';
  }
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

std::string amount_text(std::int64_t amount, int scale) {
  return format_decimal(amount, scale, scale == kMoneyScale ? 2 : 0);
}

Json wall_json(const WallState& wall) {
  Json json;
  json.set("name", wall.name).set("account", wall.account).set("unit", wall.unit);
  json.set("cap", amount_text(wall.cap, wall.scale));
  json.set("settled", amount_text(wall.settled, wall.scale));
  json.set("held", amount_text(wall.held, wall.scale));
  json.set("need", amount_text(wall.need, wall.scale));
  json.set("window", to_string(wall.window));
  if (wall.resets_at) json.set("resets_at", format_rfc3339(*wall.resets_at));
  return json;
}

Json problem_head(int status, std::string_view reason, std::string_view detail, bool final) {
  Json json;
  json.set("type", std::string(kProblemTypes) + std::string(reason));
  json.set("title", title_of(reason)).set("status", status).set("detail", detail);
  json.set("reason", reason).set("final", final);
  return json;
}

Json approval_json(const ApprovalNote& approval) {
  Json json;
  json.set("id", approval.id).set("state", approval.state);
  json.set("expires_at", format_rfc3339(approval.expires_at));
  if (!approval.comment.empty()) json.set("comment", approval.comment);
  return json;
}

Answer as_problem(int status, const Json& json) {
  Answer answer = json_answer(status, json);
  answer.headers.set("content-type", "application/problem+json");
  return answer;
}

// Nothing went wrong: a person is asked first.
Answer ask_answer(const Refusal& refusal) {
  Json json;
  json.set("decision", "ask").set("reason", to_string(refusal.reason));
  json.set("final", false).set("detail", refusal.sentence);
  if (refusal.approval) json.set("approval", approval_json(*refusal.approval));
  json.set("decision_id", refusal.decision_id);
  return json_answer(http_status(refusal.reason), json);
}

}  // namespace

Answer json_answer(int status, const Json& body) {
  return {
      status, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, body.text()};
}

Answer problem_answer(const Refusal& refusal) {
  if (refusal.reason == Reason::approval_required || refusal.reason == Reason::approval_pending) {
    return ask_answer(refusal);
  }
  const int status = http_status(refusal.reason);
  std::string detail =
      refusal.sentence.empty() ? default_sentence(refusal.reason) : refusal.sentence;
  if (!refusal.field.empty()) detail = refusal.field + ": " + detail;
  Json json = problem_head(status, to_string(refusal.reason), detail, is_final(refusal.reason));
  if (!refusal.decision_id.empty()) json.set("decision_id", refusal.decision_id);
  if (!refusal.field.empty()) json.set("field", refusal.field);
  if (refusal.wall) json.set("wall", wall_json(*refusal.wall));
  if (refusal.fits && refusal.wall) {
    json.set("fits", amount_text(*refusal.fits, refusal.wall->scale));
  }
  if (!refusal.downgrade.empty()) json.set("downgrade", refusal.downgrade);
  if (refusal.approval) json.set("approval", approval_json(*refusal.approval));
  if (refusal.retry_after) json.set("retry_after_ms", refusal.retry_after->whole_ms());
  Answer answer = as_problem(status, json);
  if (refusal.retry_after) {
    answer.headers.set("retry-after-ms", std::to_string(refusal.retry_after->whole_ms()));
  }
  if (status == 401) answer.headers.set("www-authenticate", "Bearer realm=\"ringfence\"");
  return answer;
}

Answer problem_answer(int status, std::string_view reason, std::string_view detail) {
  return as_problem(status, problem_head(status, reason, detail, true));
}

Refusal refusal_of(Reason reason, std::string sentence, std::string field) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = sentence.empty() ? default_sentence(reason) : std::move(sentence);
  refusal.field = std::move(field);
  return refusal;
}

Refusal refusal_of(const Error& error) {
  Reason reason = Reason::unverifiable;
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::too_large: reason = Reason::invalid; break;
    case ErrorCode::not_found: reason = Reason::not_found; break;
    case ErrorCode::conflict: reason = Reason::conflict; break;
    case ErrorCode::forbidden: reason = Reason::forbidden; break;
    default: break;
  }
  return refusal_of(reason, error.message, error.where);
}

}  // namespace ringfence::api
