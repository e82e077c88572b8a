// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini.h"

#include "gateway/llm/gemini_answers.h"
#include "gateway/llm/gemini_meter.h"
#include "gateway/llm/gemini_request.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

bool Gemini::serves(std::string_view path) const { return is_gemini_call(path); }

Result<std::unique_ptr<CallRequest>> Gemini::parse(const WireRequest& head,
                                                   std::string body) const {
  auto target = GeminiTarget::read(head.path, head.query);
  if (!target) return std::unexpected(target.error());
  auto request = GeminiRequest::parse(*std::move(target), std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

std::unique_ptr<AnswerMeter> Gemini::meter(const CallFacts& facts, bool streamed) const {
  const bool by_prompt = search_billed_by_prompt(facts.model);
  if (streamed) return std::make_unique<GeminiStreamMeter>(by_prompt);
  return std::make_unique<GeminiBodyMeter>(by_prompt);
}

void Gemini::authorize(http::Headers& headers, std::string_view key) const {
  headers.add("x-goog-api-key", std::string(key));
}

std::optional<std::int64_t> Gemini::read_count(std::string_view answer) const {
  if (!check_json(answer)) return std::nullopt;
  const JsonSlice root = json_root(answer);
  const auto total = root.is(JsonKind::object) ? find_last(root, "totalTokens") : std::nullopt;
  const auto tokens = total ? total->integer() : std::nullopt;
  return tokens && *tokens >= 0 ? tokens : std::nullopt;
}

WireAnswer Gemini::refusal(const Refusal& refusal, int final_status) const {
  return gemini_refusal(refusal, final_status);
}

WireAnswer Gemini::failure(int status, std::string_view code, std::string_view sentence) const {
  return gemini_failure(status, code, sentence);
}

std::string Gemini::error_event(std::string_view code, std::string_view sentence,
                                const std::string& decision_id) const {
  return gemini_error_event(code, sentence, decision_id);
}

std::optional<std::string_view> gemini_models_path(const WireRequest& head) {
  // Under /v1 the other wires' clients ask too; only this one's send such a key.
  const bool v1 = head.path.starts_with("/v1/") && head.headers.contains("x-goog-api-key");
  std::string_view rest = head.path;
  if (rest.starts_with("/v1beta/")) {
    rest.remove_prefix(8);
  } else if (v1) {
    rest.remove_prefix(4);
  } else {
    return std::nullopt;
  }
  if (rest == "models") return std::string_view();
  if (!rest.starts_with("models/") || rest.contains(':')) return std::nullopt;
  return rest.substr(7);
}

}  // namespace ringfence::llm
