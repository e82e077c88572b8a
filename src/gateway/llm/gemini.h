// SPDX-License-Identifier: Apache-2.0
// Gemini: the dialect of `POST /v1beta/models/{model}:generateContent`, `:streamGenerateContent`
// and `:countTokens`, also under /v1.
//
// Contract: as Dialect. Limitations: a stream without `alt=sse` is one JSON array, which reaches
// the client when it is whole.
#pragma once

#include "gateway/llm/dialect.h"

namespace ringfence::llm {

class Gemini : public Dialect {
 public:
  std::string_view name() const override { return "gemini"; }
  std::string_view family() const override { return "gemini"; }
  bool serves(std::string_view path) const override;
  int final_status() const override { return 402; }
  Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                             std::string body) const override;
  std::unique_ptr<AnswerMeter> meter(const CallFacts& facts, bool streamed) const override;
  void authorize(http::Headers& headers, std::string_view key) const override;
  std::optional<std::int64_t> read_count(std::string_view answer) const override;
  WireAnswer refusal(const Refusal& refusal, int final_status) const override;
  WireAnswer failure(int status, std::string_view code, std::string_view sentence) const override;
  std::string error_event(std::string_view code, std::string_view sentence,
                          const std::string& decision_id) const override;
};

// The list of models or one of them, as this wire's clients ask for it: "" for the list, else the
// name as it stands; none: another path.
std::optional<std::string_view> gemini_models_path(const WireRequest& head);

}  // namespace ringfence::llm
