// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_answers.h"

#include <fmt/format.h>

#include "gateway/llm/own_answer.h"

namespace ringfence::llm {
namespace {

// In mid-stream the status stands in the event alone: the ones that no client asks again for.
constexpr int kStoppedStatus = 402;
constexpr int kBrokenStatus = 409;

// As google.rpc.Code names them.
std::string_view status_word(int status) {
  switch (status) {
    case 401: return "UNAUTHENTICATED";
    case 402:
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 405: return "UNIMPLEMENTED";
    case 409: return "ABORTED";
    case 429: return "RESOURCE_EXHAUSTED";
    case 502:
    case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

std::string_view status_word(Reason reason, int status) {
  const bool used_up = reason == Reason::exhausted || reason == Reason::too_large;
  return used_up ? "RESOURCE_EXHAUSTED" : status_word(status);
}

std::string text_of(const Json& value) {
  return value.string() != nullptr ? *value.string() : value.text();
}

void flatten(const Json& from, const std::string& prefix, Json& into) {
  for (const auto& [name, value] : *from.object()) {
    if (value.object() != nullptr) {
      flatten(value, prefix + name + "_", into);
    } else if (!value.is_null()) {
      into.set(prefix + name, text_of(value));
    }
  }
}

std::string upper(std::string_view word) {
  std::string out = "RINGFENCE_";
  for (const char c : word) out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
  return out;
}

Json detail(std::string_view type) {
  Json out;
  out.set("@type", "type.googleapis.com/google.rpc." + std::string(type));
  return out;
}

Json error_info(std::string_view code, const Json& metadata) {
  Json texts = Json(Json::Object{});
  flatten(metadata, "", texts);
  Json out = detail("ErrorInfo");
  out.set("reason", upper(code)).set("domain", "ringfence").set("metadata", std::move(texts));
  return out;
}

Json retry_info(std::int64_t delay_ms) {
  Json out = detail("RetryInfo");
  out.set("retryDelay", fmt::format("{}.{:03}s", delay_ms / 1'000, delay_ms % 1'000));
  return out;
}

Json bad_request(const std::string& field, std::string_view sentence) {
  Json violation;
  violation.set("field", field).set("description", sentence);
  Json out = detail("BadRequest");
  out.set("fieldViolations", Json(Json::Array{std::move(violation)}));
  return out;
}

Json error_json(int status, std::string_view word, std::string_view sentence, Json details) {
  Json error;
  error.set("code", status).set("message", sentence).set("status", word);
  error.set("details", std::move(details));
  Json out;
  out.set("error", std::move(error));
  return out;
}

Json own_details(std::string_view code, const std::string& decision_id) {
  Json metadata;
  metadata.set("reason", code);
  if (!decision_id.empty()) metadata.set("decision_id", decision_id);
  return Json(Json::Array{error_info(code, metadata)});
}

}  // namespace

WireAnswer gemini_refusal(const Refusal& refusal, int final_status) {
  WireAnswer answer = own_refusal(refusal, final_status, Json());
  const std::string sentence = refusal_sentence(refusal);
  Json details = Json(Json::Array{});
  details.push(error_info(to_string(refusal.reason), refusal_metadata(refusal)));
  // Google's own clients wait by this and know no `retry-after-ms`.
  if (answer.retry_after_ms) details.push(retry_info(*answer.retry_after_ms));
  if (!refusal.field.empty()) details.push(bad_request(refusal.field, sentence));
  answer.body = error_json(answer.status, status_word(refusal.reason, answer.status), sentence,
                           std::move(details))
                    .text();
  return answer;
}

WireAnswer gemini_failure(int status, std::string_view code, std::string_view sentence) {
  return {.status = status,
          .body = error_json(status, status_word(status), sentence, own_details(code, "")).text(),
          .should_retry = std::nullopt,
          .retry_after_ms = std::nullopt};
}

std::string gemini_error_event(std::string_view code, std::string_view sentence,
                               const std::string& decision_id) {
  const auto reason = reason_from(code);
  const int status = reason ? kStoppedStatus : kBrokenStatus;
  const std::string_view word = reason ? status_word(*reason, status) : status_word(status);
  // `error` comes first: one of the clients looks there only.
  return "data: " + error_json(status, word, sentence, own_details(code, decision_id)).text() +
         "\n\n";
}

}  // namespace ringfence::llm
