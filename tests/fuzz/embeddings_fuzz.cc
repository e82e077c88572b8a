// SPDX-License-Identifier: Apache-2.0
// Embeddings: a request keeps every byte but its model's; no input is bound below the numbers in
// it; an answer passes whole whatever it says.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/openai_embeddings.h"
#include "gateway/llm/openai_embeddings_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::llm;
  const std::string body(reinterpret_cast<const char*>(data), size);
  EmbeddingsMeter meter;
  std::string out;
  meter.feed(body, out);
  meter.end(out);
  RF_ENSURE(out == body, "an answer passes whole");
  RF_ENSURE(meter.seen().usage.input() >= 0 && meter.seen().usage.output() == 0,
            "only input is read");

  const auto request = EmbeddingsRequest::parse(body);
  if (!request) return 0;
  const CallFacts& facts = (*request)->facts();
  RF_ENSURE(check_json(body).has_value() && !facts.makes_output, "only valid JSON is read");
  RF_ENSURE(facts.inputs >= 1 && facts.input_tokens_max > facts.inputs, "an input is something");
  RF_ENSURE(
      (*request)->rewritten({.model = facts.model, .output_cap = 1, .cap_field = "x"}) == body,
      "without an edit every byte stays");
  const auto again = EmbeddingsRequest::parse(
      (*request)->rewritten({.model = "other \"model\"", .output_cap = {}, .cap_field = {}}));
  RF_ENSURE(again && (*again)->facts().model == "other \"model\"", "the model is written");
  RF_ENSURE((*again)->facts().inputs == facts.inputs, "and nothing else");
  return 0;
}
