// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/own_answer.h"

#include <algorithm>

#include "base/decimal.h"

namespace ringfence::llm {
namespace {

// The longest a client is asked to wait: some SDKs sleep whatever they are told.
constexpr std::int64_t kRetryAfterMsMax = 30'000;
constexpr std::int64_t kRetryAfterMsDefault = 1'000;

int status_of(Reason reason, int final_status) {
  switch (reason) {
    case Reason::busy:
    case Reason::throttled: return 429;
    case Reason::unverifiable: return 503;
    case Reason::invalid: return 400;
    case Reason::credential_expired:
    case Reason::credential_revoked:
    case Reason::unauthenticated: return 401;
    default: return final_status;
  }
}

// A client that retried at once would only hear the same again, until a person has decided.
bool waits_for_a_person(Reason reason) {
  return reason == Reason::approval_required || reason == Reason::approval_pending;
}

Json approval_json(const ApprovalNote& approval) {
  Json out;
  out.set("id", approval.id).set("state", approval.state);
  out.set("expires_at", format_rfc3339(approval.expires_at));
  if (!approval.comment.empty()) out.set("comment", approval.comment);
  return out;
}

std::string amount(const WallState& wall, std::int64_t value) {
  return format_decimal(value, wall.scale, wall.scale > 2 ? 2 : 0);
}

Json wall_json(const WallState& wall) {
  Json out;
  out.set("name", wall.name).set("account", wall.account).set("unit", wall.unit);
  out.set("cap", amount(wall, wall.cap)).set("settled", amount(wall, wall.settled));
  out.set("held", amount(wall, wall.held)).set("need", amount(wall, wall.need));
  out.set("window", to_string(wall.window));
  out.set("resets_at", wall.resets_at ? Json(format_rfc3339(*wall.resets_at)) : Json());
  return out;
}

}  // namespace

Json refusal_metadata(const Refusal& refusal) {
  Json out;
  out.set("reason", to_string(refusal.reason)).set("final", is_final(refusal.reason));
  if (!refusal.decision_id.empty()) out.set("decision_id", refusal.decision_id);
  if (!refusal.downgrade.empty()) out.set("downgrade", refusal.downgrade);
  if (refusal.approval) out.set("approval", approval_json(*refusal.approval));
  if (!refusal.wall) return out;
  out.set("wall", wall_json(*refusal.wall));
  if (refusal.wall->resets_at) out.set("resets_at", format_rfc3339(*refusal.wall->resets_at));
  if (refusal.fits) out.set("fits", amount(*refusal.wall, *refusal.fits));
  return out;
}

std::string refusal_sentence(const Refusal& refusal) {
  return refusal.sentence.empty() ? default_sentence(refusal.reason) : refusal.sentence;
}

WireAnswer own_refusal(const Refusal& refusal, int final_status, const Json& body) {
  WireAnswer answer;
  answer.status = status_of(refusal.reason, final_status);
  answer.should_retry = !is_final(refusal.reason) && !waits_for_a_person(refusal.reason);
  if (answer.status == 429) {
    const std::int64_t wanted =
        refusal.retry_after ? refusal.retry_after->whole_ms() : kRetryAfterMsDefault;
    answer.retry_after_ms = std::min(std::max<std::int64_t>(wanted, 1), kRetryAfterMsMax);
  }
  answer.body = body.text();
  return answer;
}

}  // namespace ringfence::llm
