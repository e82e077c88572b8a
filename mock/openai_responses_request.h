// SPDX-License-Identifier: Apache-2.0
// Reads an OpenAI Responses request, with that API's errors.
//
// Contract: pure. Of a duplicated member the last one counts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire.h"

namespace mock {

// What the answer repeats of the request, as JSON, and what it depends on.
struct ResponsesExtras {
  std::string instructions = "null";
  std::string max_output_tokens = "null";
  std::string max_tool_calls = "null";
  std::string metadata = "{}";
  std::string previous_response_id = "null";
  std::string store = "true";
  std::string tool_choice = "\"auto\"";
  std::string tools = "[]";
  bool encrypted_reasoning = false;
};

[[nodiscard]] std::optional<Refusal> read_responses_request(std::string_view body, Call& out,
                                                            ResponsesExtras& extras);

}  // namespace mock
