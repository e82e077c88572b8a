// SPDX-License-Identifier: Apache-2.0
// OpenAiResponses: the dialect of `POST /v1/responses`.
//
// Contract: as Dialect. Limitations: no WebSocket; nothing in the background; the calls on kept
// responses (`/v1/responses/ID` and below) are not served.
#pragma once

#include "gateway/llm/openai_chat.h"

namespace ringfence::llm {

// Keys and error bodies are those of Chat Completions; the rest is its own.
class OpenAiResponses : public OpenAiChat {
 public:
  std::string_view name() const override { return "openai-responses"; }
  bool serves(std::string_view path) const override { return path == "/v1/responses"; }
  // Codex tries 402 and 403 again, and shows the sentence of a 400.
  int final_status() const override { return 400; }
  Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                             std::string body) const override;
  std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const override;
  std::string error_event(std::string_view code, std::string_view sentence,
                          const std::string& decision_id) const override;
};

}  // namespace ringfence::llm
