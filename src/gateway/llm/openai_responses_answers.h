// SPDX-License-Identifier: Apache-2.0
// The event with which a Responses stream ends early.
//
//   event: response.failed
//   data: {"type":"response.failed","sequence_number":N,"response":{…,"status":"failed",
//          "error":{"code","message"}},"error":{…as in every answer of ours}}
//
// Contract: pure. One event for all clients: Codex reads `response.error` and stops without another
// try at `insufficient_quota`; the official SDKs raise whatever has an `error` of its own. What the
// provider did is `server_error`: clients may try that again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringfence::llm {

// Where the stream stands.
struct ResponsePlace {
  std::string response_id, model;
  std::int64_t number = 0;
};

std::string responses_error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id, const ResponsePlace& place);

}  // namespace ringfence::llm
