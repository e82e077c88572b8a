// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/wires.h"

#include "gateway/llm/anthropic_messages.h"
#include "gateway/llm/gemini.h"
#include "gateway/llm/openai_chat.h"
#include "gateway/llm/openai_embeddings.h"
#include "gateway/llm/openai_responses.h"

namespace ringfence::llm {

Wires::Wires() {
  all_.push_back(std::make_unique<OpenAiChat>());
  all_.push_back(std::make_unique<AnthropicMessages>());
  all_.push_back(std::make_unique<AnthropicCountTokens>());
  all_.push_back(std::make_unique<OpenAiResponses>());
  all_.push_back(std::make_unique<OpenAiEmbeddings>());
  all_.push_back(std::make_unique<Gemini>());
}

const Dialect* Wires::find(std::string_view path) const {
  for (const auto& dialect : all_) {
    if (dialect->serves(path)) return dialect.get();
  }
  return nullptr;
}

const Dialect& Wires::nearest(const WireRequest& head) const {
  if (const Dialect* found = find(head.path)) return *found;
  // Only Anthropic's clients send this, and they always do.
  if (head.headers.contains("anthropic-version")) return *find("/v1/messages");
  const bool gemini = head.path.starts_with("/v1beta/") || head.headers.contains("x-goog-api-key");
  for (const auto& dialect : all_) {
    if (gemini && dialect->family() == "gemini") return *dialect;
  }
  return *all_.front();
}

}  // namespace ringfence::llm
