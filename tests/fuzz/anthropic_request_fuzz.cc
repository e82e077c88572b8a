// SPDX-License-Identifier: Apache-2.0
// Messages requests: what is taken is valid JSON to a second parser too, and stays so once it is
// written to; a body that needs no edit keeps every byte; what is sent to be counted is a request.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/json.h"
#include "gateway/llm/anthropic_request.h"
#include "gateway/llm/json_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::llm;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const http::Headers headers;
  const WireRequest head{
      .method = "POST", .path = "/v1/messages", .query = "beta=true", .headers = headers};
  const bool valid = check_json(body).has_value();
  const auto request = AnthropicRequest::parse(head, body);
  if (!request) return 0;
  RF_ENSURE(valid, "only valid JSON is read");
  const CallFacts& facts = (*request)->facts();
  RF_ENSURE(facts.rounds >= 1, "the input is read once at least");
  RF_ENSURE(facts.has_images || facts.input_tokens_max >= static_cast<std::int64_t>(size),
            "a byte is a token at most");
  RF_ENSURE(facts.input_tokens_max >= 0, "never negative");
  for (const Extra& extra : facts.extras) {
    RF_ENSURE(extra.most >= 0 && !extra.path.empty(), "what asks for more is named");
  }

  const std::string written = (*request)->rewritten(
      {.model = "other \"model\"", .output_cap = 7, .cap_field = "max_tokens"});
  const auto again = AnthropicRequest::parse(head, written);
  RF_ENSURE(again, "what is written is a request again");
  RF_ENSURE((*again)->facts().model == "other \"model\"", "the model is written");
  RF_ENSURE((*again)->facts().output_cap <= 7, "no cap above the one that is held");
  RF_ENSURE((*again)->facts().rounds == facts.rounds, "the uses that are held are written");
  const Rewrite nothing{.model = (*again)->facts().model, .output_cap = {}, .cap_field = {}};
  RF_ENSURE((*again)->rewritten(nothing) == written, "without an edit every byte stays");

  const auto probe = (*request)->count_probe(nothing);
  RF_ENSURE(probe && check_json(probe->body), "what is sent to be counted is JSON");
  const auto count = AnthropicCountRequest::parse(head, probe->body);
  RF_ENSURE(count && (*count)->facts().model == nothing.model, "and names its model");
  return 0;
}
