// SPDX-License-Identifier: Apache-2.0
// The JSON pieces of a Responses answer: output items, usage, and the response around them.
//
// Contract: pure.
#pragma once

#include <string>
#include <string_view>

#include "openai_responses_request.h"
#include "plan.h"

namespace mock::responses {

[[nodiscard]] std::string part_id(const Plan& plan, std::size_t part);
[[nodiscard]] std::string reasoning_id(const Plan& plan);
[[nodiscard]] std::string search_id(const Plan& plan, std::int64_t index);

[[nodiscard]] std::string reasoning_item(const Plan& plan, const ResponsesExtras& extras);
[[nodiscard]] std::string search_item(const Plan& plan, std::int64_t index,
                                      std::string_view status);
// A part before its first token, and after its last.
[[nodiscard]] std::string begun_item(const Plan& plan, std::size_t part);
[[nodiscard]] std::string done_item(const Plan& plan, std::size_t part);
[[nodiscard]] std::string text_part(std::string_view text);

// All items, with commas between.
[[nodiscard]] std::string items(const Plan& plan, const ResponsesExtras& extras);

struct ResponseState {
  std::string_view status = "in_progress";
  std::string output{};        // items
  std::string error = "null";  // JSON
  bool tells_usage = false;
  bool at_end = false;
};

[[nodiscard]] std::string response(const Plan& plan, const ResponsesExtras& extras,
                                   const ResponseState& state);

// The state of an answer that came to its end.
[[nodiscard]] ResponseState ended(const Plan& plan, const ResponsesExtras& extras);

}  // namespace mock::responses
