// SPDX-License-Identifier: Apache-2.0
// Gemini requests: what is taken is valid JSON to a second parser too, and stays so once it is
// written to; a body that needs no edit keeps every byte. The first line is the path and query.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/json.h"
#include "gateway/llm/gemini_request.h"
#include "gateway/llm/json_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::llm;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::string_view line = all.substr(0, all.find('\n'));
  const std::string body(all.substr(std::min(all.size(), line.size() + 1)));
  const std::string_view path = line.substr(0, line.find('?'));
  const auto target = GeminiTarget::read(path, line.substr(std::min(line.size(), path.size() + 1)));
  RF_ENSURE(!target || is_gemini_call(path), "only calls of this wire are read");
  if (!target) return 0;
  RF_ENSURE(target->model.find_first_of("?#% \\:") == std::string::npos, "a name is no other path");

  const auto request = GeminiRequest::parse(*target, body);
  if (!request) return 0;
  RF_ENSURE(check_json(body).has_value(), "only valid JSON is read");
  const CallFacts& facts = (*request)->facts();
  RF_ENSURE(facts.choices >= 1 && facts.choices <= kGeminiCandidatesMax, "within their limits");
  const Rewrite nothing{.model = facts.model, .output_cap = std::nullopt, .cap_field = ""};
  RF_ENSURE((*request)->rewritten(nothing) == body, "without an edit every byte stays");
  const bool counts = target->verb == GeminiTarget::Verb::count;
  RF_ENSURE(facts.bills_nothing == counts, "counting alone bills nothing");
  if (counts) return 0;

  RF_ENSURE(facts.input_tokens_max >= static_cast<std::int64_t>(body.size()),
            "a byte is a token at most");
  const Rewrite rewrite{.model = "other", .output_cap = 7, .cap_field = ""};
  GeminiTarget renamed = *target;
  renamed.model = "other";
  const auto again = GeminiRequest::parse(renamed, (*request)->rewritten(rewrite));
  RF_ENSURE(again, "what is written is a request again");
  const auto cap = (*again)->facts().output_cap;
  RF_ENSURE(cap && *cap <= 7, "no cap above the one that is held");
  RF_ENSURE(check_json((*request)->count_probe(rewrite)->body, kBodyDepthMax + 1),
            "the question for a count is valid");
  return 0;
}
