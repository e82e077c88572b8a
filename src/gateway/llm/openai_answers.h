// SPDX-License-Identifier: Apache-2.0
// Our own answers in OpenAI's error shape, with the statuses that its clients obey.
//
//   {"error":{"message","type","code","param","metadata":{"reason","final","decision_id",…}}}
//
// Contract: pure; as own_answer.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "engine/refusal.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

// {"message","type","code","param","metadata"}
Json openai_error(std::string_view code, std::string_view sentence, Json param, Json metadata);
WireAnswer openai_refusal(const Refusal& refusal, int final_status);
WireAnswer openai_failure(int status, std::string_view code, std::string_view sentence);
// `data: {"error":…}` and its blank line; the official clients raise it.
std::string openai_error_event(std::string_view code, std::string_view sentence,
                               const std::string& decision_id);

}  // namespace ringfence::llm
