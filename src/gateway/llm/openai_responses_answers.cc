// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_answers.h"

#include "base/json.h"
#include "gateway/llm/openai_answers.h"

namespace ringfence::llm {

std::string responses_error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id, const ResponsePlace& place) {
  const bool by_provider = code == "upstream_broken" || code == "timeout";
  Json error;
  error.set("code", by_provider ? "server_error" : "insufficient_quota").set("message", sentence);
  Json response;
  response.set("id", place.response_id).set("object", "response").set("status", "failed");
  response.set("error", std::move(error)).set("incomplete_details", Json());
  response.set("model", place.model).set("output", Json::Array{}).set("usage", Json());
  Json metadata;
  metadata.set("reason", code);
  if (!decision_id.empty()) metadata.set("decision_id", decision_id);
  Json data;
  data.set("type", "response.failed").set("sequence_number", place.number);
  data.set("response", std::move(response));
  data.set("error", openai_error(code, sentence, Json(), std::move(metadata)));
  return "event: response.failed\ndata: " + data.text() + "\n\n";
}

}  // namespace ringfence::llm
