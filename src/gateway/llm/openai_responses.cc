// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses.h"

#include "gateway/llm/openai_responses_answers.h"
#include "gateway/llm/openai_responses_meter.h"
#include "gateway/llm/openai_responses_request.h"

namespace ringfence::llm {

Result<std::unique_ptr<CallRequest>> OpenAiResponses::parse(const WireRequest&,
                                                            std::string body) const {
  auto request = ResponsesRequest::parse(std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

std::unique_ptr<AnswerMeter> OpenAiResponses::meter(const CallFacts&, bool streamed) const {
  if (streamed) return std::make_unique<ResponsesStreamMeter>();
  return std::make_unique<ResponsesBodyMeter>();
}

std::string OpenAiResponses::error_event(std::string_view code, std::string_view sentence,
                                         const std::string& decision_id) const {
  return responses_error_event(code, sentence, decision_id, {});
}

}  // namespace ringfence::llm
