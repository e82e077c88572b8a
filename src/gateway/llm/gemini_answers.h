// SPDX-License-Identifier: Apache-2.0
// Our own answers in Google's error shape, with the statuses that its clients obey.
//
//   {"error":{"code","message","status","details":[{"@type":"…ErrorInfo","reason","domain",
//     "metadata":{…}}, {"@type":"…RetryInfo","retryDelay"}, {"@type":"…BadRequest",…}]}}
//
// Contract: pure; as own_answer. `metadata` holds strings only, as its definition demands; a wall's
// members stand there as `wall_cap` and so on.
#pragma once

#include <string>
#include <string_view>

#include "engine/refusal.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

WireAnswer gemini_refusal(const Refusal& refusal, int final_status);
WireAnswer gemini_failure(int status, std::string_view code, std::string_view sentence);
// `data: {"error":…}` and its blank line; the official clients raise it.
std::string gemini_error_event(std::string_view code, std::string_view sentence,
                               const std::string& decision_id);

}  // namespace ringfence::llm
