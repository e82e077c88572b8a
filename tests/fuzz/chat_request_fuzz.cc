// SPDX-License-Identifier: Apache-2.0
// Chat requests: what is taken is valid JSON to a second parser too, and stays so once it is
// written to; a body that needs no edit keeps every byte.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/json.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/openai_chat_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::llm;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const bool valid = check_json(body).has_value();
  if (Json::parse(body)) RF_ENSURE(valid, "what the strict parser takes, the scan takes");
  const auto request = ChatRequest::parse(body);
  if (!request) return 0;
  RF_ENSURE(valid, "only valid JSON is read");
  const CallFacts& facts = (*request)->facts();
  RF_ENSURE(facts.choices >= 1 && facts.choices <= kChoicesMax, "choices within their limits");
  RF_ENSURE(facts.input_tokens_max >= static_cast<std::int64_t>(size), "a byte is a token at most");

  for (const char* field : {"max_tokens", "max_completion_tokens", "num_predict"}) {
    const std::string written =
        (*request)->rewritten({.model = "other \"model\"", .output_cap = 7, .cap_field = field});
    const auto again = ChatRequest::parse(written);
    RF_ENSURE(again, "what is written is a request again");
    RF_ENSURE((*again)->facts().model == "other \"model\"", "the model is written");
    const auto cap = (*again)->facts().output_cap;
    RF_ENSURE(!cap || *cap <= 7, "no cap above the one that is held");
    RF_ENSURE(!facts.stream || (*again)->facts().usage_asked, "a stream's usage is asked for");
  }
  if (!facts.stream || facts.usage_asked) {
    const Rewrite nothing{
        .model = facts.model, .output_cap = std::nullopt, .cap_field = "max_tokens"};
    RF_ENSURE((*request)->rewritten(nothing) == body, "without an edit every byte stays");
  }
  return 0;
}
