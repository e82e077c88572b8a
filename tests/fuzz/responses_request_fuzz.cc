// SPDX-License-Identifier: Apache-2.0
// Responses requests: what is taken is valid JSON, and is a request again once it is written to,
// with no cap above the one that is held; a body that needs no edit keeps every byte.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/openai_responses_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::llm;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto request = ResponsesRequest::parse(body);
  if (!request) return 0;
  RF_ENSURE(check_json(body).has_value(), "only valid JSON is read");
  const CallFacts& facts = (*request)->facts();
  RF_ENSURE(facts.input_tokens_max > 0, "something is read");
  RF_ENSURE(facts.rounds >= 1 && facts.rounds <= 1 + kToolCallsMax, "rounds within their limits");
  const std::string written =
      (*request)->rewritten({.model = "other \"model\"", .output_cap = 7, .cap_field = "x"});
  const auto again = ResponsesRequest::parse(written);
  RF_ENSURE(again, "what is written is a request again");
  RF_ENSURE((*again)->facts().model == "other \"model\"", "the model is written");
  RF_ENSURE((*again)->facts().output_cap.value_or(8) <= 7, "no cap above the one that is held");
  RF_ENSURE((*again)->facts().rounds == facts.rounds, "nor more rounds");
  RF_ENSURE((*again)->rewritten({.model = "other \"model\"", .output_cap = 7, .cap_field = "x"}) ==
                written,
            "what is written once is written");
  (*request)->counted_input(Vocabulary::cl100k_base);
  return 0;
}
