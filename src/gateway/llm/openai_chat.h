// SPDX-License-Identifier: Apache-2.0
// OpenAiChat: the dialect of `POST /v1/chat/completions`, as OpenAI and its many followers speak
// it.
//
// Contract: as Dialect. Limitations: text output only; images and files in the request are bound by
// the model's whole context; audio, web search and hosted tools are refused `unpriced`.
#pragma once

#include "gateway/llm/dialect.h"

namespace ringfence::llm {

class OpenAiChat : public Dialect {
 public:
  std::string_view name() const override { return "openai-chat"; }
  std::string_view family() const override { return "openai"; }
  bool serves(std::string_view path) const override { return path == "/v1/chat/completions"; }
  int final_status() const override { return 402; }
  Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                             std::string body) const override;
  std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const override;
  void authorize(http::Headers& headers, std::string_view key) const override;
  WireAnswer refusal(const Refusal& refusal, int final_status) const override;
  WireAnswer failure(int status, std::string_view code, std::string_view sentence) const override;
  std::string error_event(std::string_view code, std::string_view sentence,
                          const std::string& decision_id) const override;
};

}  // namespace ringfence::llm
