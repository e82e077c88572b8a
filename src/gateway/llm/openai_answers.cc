// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_answers.h"

#include "base/decimal.h"
#include "base/json.h"

namespace ringfence::llm {
namespace {

// The longest a client is asked to wait: some SDKs sleep whatever they are told.
constexpr std::int64_t kRetryAfterMsMax = 30'000;
constexpr std::int64_t kRetryAfterMsDefault = 1'000;

int status_of(Reason reason) {
  switch (reason) {
    case Reason::busy:
    case Reason::throttled: return 429;
    case Reason::unverifiable: return 503;
    case Reason::invalid: return 400;
    case Reason::credential_expired:
    case Reason::credential_revoked:
    case Reason::unauthenticated: return 401;
    default: return 402;
  }
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

Json error_json(std::string_view code, std::string_view sentence, Json param, Json metadata) {
  Json error;
  error.set("message", sentence).set("type", "ringfence_" + std::string(code));
  error.set("code", code).set("param", std::move(param)).set("metadata", std::move(metadata));
  Json out;
  out.set("error", std::move(error));
  return out;
}

Json metadata_of(const Refusal& refusal) {
  Json out;
  out.set("reason", to_string(refusal.reason)).set("final", is_final(refusal.reason));
  if (!refusal.decision_id.empty()) out.set("decision_id", refusal.decision_id);
  if (!refusal.wall) return out;
  out.set("wall", wall_json(*refusal.wall));
  if (refusal.wall->resets_at) out.set("resets_at", format_rfc3339(*refusal.wall->resets_at));
  if (refusal.fits) out.set("fits", amount(*refusal.wall, *refusal.fits));
  return out;
}

}  // namespace

WireAnswer openai_refusal(const Refusal& refusal) {
  WireAnswer answer;
  answer.status = status_of(refusal.reason);
  answer.should_retry = !is_final(refusal.reason);
  if (answer.status == 429) {
    const std::int64_t wanted =
        refusal.retry_after ? refusal.retry_after->whole_ms() : kRetryAfterMsDefault;
    answer.retry_after_ms = std::min(std::max<std::int64_t>(wanted, 1), kRetryAfterMsMax);
  }
  const std::string sentence =
      refusal.sentence.empty() ? default_sentence(refusal.reason) : refusal.sentence;
  answer.body =
      error_json(to_string(refusal.reason), sentence,
                 refusal.field.empty() ? Json() : Json(refusal.field), metadata_of(refusal))
          .text();
  return answer;
}

WireAnswer openai_failure(int status, std::string_view code, std::string_view sentence) {
  Json metadata;
  metadata.set("reason", code);
  return {.status = status,
          .body = error_json(code, sentence, Json(), std::move(metadata)).text(),
          .should_retry = std::nullopt,
          .retry_after_ms = std::nullopt};
}

std::string openai_error_event(std::string_view code, std::string_view sentence,
                               const std::string& decision_id) {
  Json metadata;
  metadata.set("reason", code);
  if (!decision_id.empty()) metadata.set("decision_id", decision_id);
  return "data: " + error_json(code, sentence, Json(), std::move(metadata)).text() + "\n\n";
}

}  // namespace ringfence::llm
