// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_messages.h"

#include "gateway/llm/anthropic_answers.h"
#include "gateway/llm/anthropic_meter.h"
#include "gateway/llm/anthropic_request.h"

namespace ringfence::llm {
namespace {

constexpr std::string_view kDefaultVersion = "2023-06-01";

}  // namespace

Result<std::unique_ptr<CallRequest>> AnthropicMessages::parse(const WireRequest& head,
                                                              std::string body) const {
  auto request = AnthropicRequest::parse(head, std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

Result<std::unique_ptr<CallRequest>> AnthropicCountTokens::parse(const WireRequest& head,
                                                                 std::string body) const {
  auto request = AnthropicCountRequest::parse(head, std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

std::unique_ptr<AnswerMeter> AnthropicMessages::meter(const CallFacts& facts, bool streamed) const {
  if (streamed) return std::make_unique<AnthropicStreamMeter>(facts);
  return std::make_unique<AnthropicBodyMeter>(facts);
}

void AnthropicMessages::authorize(http::Headers& headers, std::string_view key) const {
  headers.set("x-api-key", std::string(key));
  if (!headers.contains("anthropic-version")) {
    headers.add("anthropic-version", std::string(kDefaultVersion));
  }
}

std::optional<std::int64_t> AnthropicMessages::read_count(std::string_view answer) const {
  if (!check_json(answer) || !json_root(answer).is(JsonKind::object)) return std::nullopt;
  const auto count = find_last(json_root(answer), "input_tokens");
  if (!count || !count->is(JsonKind::number)) return std::nullopt;
  const auto tokens = count->integer();
  return tokens && *tokens >= 0 ? tokens : std::nullopt;
}

WireAnswer AnthropicMessages::refusal(const Refusal& refusal, int final_status) const {
  return anthropic_refusal(refusal, final_status);
}

WireAnswer AnthropicMessages::failure(int status, std::string_view code,
                                      std::string_view sentence) const {
  return anthropic_failure(status, code, sentence);
}

std::string AnthropicMessages::error_event(std::string_view code, std::string_view sentence,
                                           const std::string& decision_id) const {
  return anthropic_error_event(code, sentence, decision_id);
}

}  // namespace ringfence::llm
