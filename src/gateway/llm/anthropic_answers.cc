// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_answers.h"

#include "gateway/llm/own_answer.h"

namespace ringfence::llm {
namespace {

std::string_view type_of(Reason reason) {
  switch (reason) {
    case Reason::exhausted:
    case Reason::too_large:
    case Reason::no_wall:
    case Reason::unpriced:
    case Reason::unbounded: return "billing_error";
    case Reason::busy:
    case Reason::throttled: return "rate_limit_error";
    case Reason::credential_expired:
    case Reason::credential_revoked:
    case Reason::unauthenticated: return "authentication_error";
    case Reason::denied:
    case Reason::halted:
    case Reason::paused:
    case Reason::loop:
    case Reason::approval_required:
    case Reason::approval_pending:
    case Reason::approval_refused:
    case Reason::approval_mismatch:
    case Reason::forbidden: return "permission_error";
    case Reason::not_found: return "not_found_error";
    case Reason::unverifiable: return "overloaded_error";
    case Reason::conflict:
    case Reason::invalid: return "invalid_request_error";
  }
  return "api_error";
}

std::string_view type_of(int status) {
  switch (status) {
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 504: return "timeout_error";
    default: return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

// Why a stream of ours ends: a refusal's reason, or what failed.
std::string_view type_of(std::string_view code) {
  if (const auto reason = reason_from(code)) return type_of(*reason);
  return code == "timeout" ? "timeout_error" : "api_error";
}

Json error_json(std::string_view type, std::string_view sentence, Json metadata,
                const std::string& decision_id) {
  Json error;
  error.set("type", type).set("message", sentence).set("metadata", std::move(metadata));
  Json out;
  out.set("type", "error").set("error", std::move(error));
  if (!decision_id.empty()) out.set("request_id", decision_id);
  return out;
}

}  // namespace

WireAnswer anthropic_refusal(const Refusal& refusal, int final_status) {
  Json metadata = refusal_metadata(refusal);
  std::string sentence = refusal_sentence(refusal);
  if (!refusal.field.empty()) {
    metadata.set("param", refusal.field);
    // The clients show the message and nothing else.
    if (refusal.reason == Reason::invalid) sentence = refusal.field + ": " + sentence;
  }
  return own_refusal(
      refusal, final_status,
      error_json(type_of(refusal.reason), sentence, std::move(metadata), refusal.decision_id));
}

WireAnswer anthropic_failure(int status, std::string_view code, std::string_view sentence) {
  Json metadata;
  metadata.set("reason", code);
  return {.status = status,
          .body = error_json(type_of(status), sentence, std::move(metadata), {}).text(),
          .should_retry = std::nullopt,
          .retry_after_ms = std::nullopt};
}

std::string anthropic_error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id) {
  Json metadata;
  metadata.set("reason", code);
  if (!decision_id.empty()) metadata.set("decision_id", decision_id);
  return "event: error\ndata: " +
         error_json(type_of(code), sentence, std::move(metadata), decision_id).text() + "\n\n";
}

}  // namespace ringfence::llm
