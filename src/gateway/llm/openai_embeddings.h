// SPDX-License-Identifier: Apache-2.0
// OpenAiEmbeddings: the dialect of `POST /v1/embeddings`.
//
// Contract: as Dialect. It makes no output: input is all that is billed.
#pragma once

#include "gateway/llm/answer_reading.h"
#include "gateway/llm/openai_chat.h"

namespace ringfence::llm {

class EmbeddingsMeter : public BodyMeter {
 private:
  void read(JsonSlice root, Seen& seen) override;
};

// Keys and error bodies are those of Chat Completions; the rest is its own.
class OpenAiEmbeddings : public OpenAiChat {
 public:
  std::string_view name() const override { return "openai-embeddings"; }
  bool serves(std::string_view path) const override { return path == "/v1/embeddings"; }
  Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                             std::string body) const override;
  std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const override;
};

}  // namespace ringfence::llm
