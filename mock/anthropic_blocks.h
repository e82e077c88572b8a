// SPDX-License-Identifier: Apache-2.0
// The JSON pieces of an Anthropic message: content blocks, usage, the message around them.
//
// Contract: pure.
#pragma once

#include <string>

#include "plan.h"
#include "usage.h"

namespace mock::anthropic {

inline constexpr std::string_view kThinking = "Let me think.";
inline constexpr std::string_view kSignature = "bW9jayBzaWduYXR1cmU=";
inline constexpr std::string_view kSearchInput = R"({"query":"mock"})";

[[nodiscard]] std::string stop_reason(const Plan& plan);

// An id of the part's tool call, or of a search.
[[nodiscard]] std::string call_id(const Plan& plan, std::size_t part);
[[nodiscard]] std::string search_id(const Plan& plan, std::int64_t index);

// Blocks as content_block_start has them, before any delta.
[[nodiscard]] std::string empty_block(const Plan& plan, std::size_t part);
[[nodiscard]] std::string search_block(const Plan& plan, std::int64_t index,
                                       std::string_view input);
[[nodiscard]] std::string search_result_block(const Plan& plan, std::int64_t index);

[[nodiscard]] std::string full_block(const Plan& plan, std::size_t part);

enum class Moment { start, delta };

// `"usage":{…},` with its comma in front, or nothing where it is not to be told.
[[nodiscard]] std::string usage_member(const Plan& plan, Counts honest, Moment moment, bool at_end);

// `content` and `stop_reason` are JSON; `usage` as usage_member() makes it.
[[nodiscard]] std::string message(const Plan& plan, std::string_view content,
                                  std::string_view stop_reason, std::string_view usage);

}  // namespace mock::anthropic
