// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat.h"

#include "gateway/llm/openai_answers.h"
#include "gateway/llm/openai_chat_meter.h"
#include "gateway/llm/openai_chat_request.h"

namespace ringfence::llm {

Result<std::unique_ptr<CallRequest>> OpenAiChat::parse(const WireRequest&, std::string body) const {
  auto request = ChatRequest::parse(std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

std::unique_ptr<AnswerMeter> OpenAiChat::meter(const CallFacts& facts, bool streamed) const {
  if (streamed) return std::make_unique<ChatStreamMeter>(facts.usage_asked);
  return std::make_unique<ChatBodyMeter>();
}

void OpenAiChat::authorize(http::Headers& headers, std::string_view key) const {
  headers.add("Authorization", "Bearer " + std::string(key));
}

WireAnswer OpenAiChat::refusal(const Refusal& refusal, int final_status) const {
  return openai_refusal(refusal, final_status);
}

WireAnswer OpenAiChat::failure(int status, std::string_view code, std::string_view sentence) const {
  return openai_failure(status, code, sentence);
}

std::string OpenAiChat::error_event(std::string_view code, std::string_view sentence,
                                    const std::string& decision_id) const {
  return openai_error_event(code, sentence, decision_id);
}

}  // namespace ringfence::llm
