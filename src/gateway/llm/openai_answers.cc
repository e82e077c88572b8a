// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_answers.h"

#include "gateway/llm/own_answer.h"

namespace ringfence::llm {
namespace {

Json error_json(std::string_view code, std::string_view sentence, Json param, Json metadata) {
  Json out;
  out.set("error", openai_error(code, sentence, std::move(param), std::move(metadata)));
  return out;
}

}  // namespace

Json openai_error(std::string_view code, std::string_view sentence, Json param, Json metadata) {
  Json error;
  error.set("message", sentence).set("type", "ringfence_" + std::string(code));
  error.set("code", code).set("param", std::move(param)).set("metadata", std::move(metadata));
  return error;
}

WireAnswer openai_refusal(const Refusal& refusal, int final_status) {
  return own_refusal(
      refusal, final_status,
      error_json(to_string(refusal.reason), refusal_sentence(refusal),
                 refusal.field.empty() ? Json() : Json(refusal.field), refusal_metadata(refusal)));
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
