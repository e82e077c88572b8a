// SPDX-License-Identifier: Apache-2.0
// The dialects of Anthropic's wire: `POST /v1/messages`, and `POST /v1/messages/count_tokens`,
// which costs nothing and is held as a call.
//
// Contract: as Dialect; one family, one name in policies. Limitations: PDFs are bound by
// the model's whole context; MCP servers, advisors, compaction, fallbacks, fast mode and regional
// inference are refused `unpriced`.
#pragma once

#include "gateway/llm/dialect.h"

namespace ringfence::llm {

class AnthropicMessages : public Dialect {
 public:
  std::string_view name() const override { return "anthropic-messages"; }
  std::string_view family() const override { return "anthropic"; }
  bool serves(std::string_view path) const override { return path == "/v1/messages"; }
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

class AnthropicCountTokens : public AnthropicMessages {
 public:
  bool serves(std::string_view path) const override { return path == "/v1/messages/count_tokens"; }
  Result<std::unique_ptr<CallRequest>> parse(const WireRequest& head,
                                             std::string body) const override;
};

}  // namespace ringfence::llm
