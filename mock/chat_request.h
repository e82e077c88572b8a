// SPDX-License-Identifier: Apache-2.0
// Reads a Chat Completions request as a provider does: leniently where OpenAI is, with its errors.
//
// Contract: pure. Of a duplicated member the last one counts, as in most JSON readers: a gateway
// that looks at the first is found out.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mock {

struct ChatRequest {
  std::string model;
  std::string user;
  std::int64_t text_bytes = 0;      // of messages, tools, response format and prediction
  std::optional<std::int64_t> cap;  // the lower of max_tokens and max_completion_tokens
  std::int64_t choices = 1;
  bool stream = false;
  bool include_usage = false;
  bool tool_required = false;      // by tool_choice
  std::string tool_chosen;         // by tool_choice
  std::vector<std::string> tools;  // names offered
};

struct ChatError {
  std::string message;
  std::string param;
  std::string code;
};

[[nodiscard]] std::expected<ChatRequest, ChatError> parse_chat_request(std::string_view body);

}  // namespace mock
