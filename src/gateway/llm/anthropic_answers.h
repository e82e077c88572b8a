// SPDX-License-Identifier: Apache-2.0
// Our own answers in Anthropic's error shape, with the statuses that its clients obey.
//
//   {"type":"error","error":{"type","message","metadata":{"reason","final","decision_id",…}},
//    "request_id"}
//
// Contract: pure; as own_answer. `error.type` is one of the words that the official clients know;
// `metadata.reason` is ours. `request_id` is the decision's id where there is one.
#pragma once

#include <string>
#include <string_view>

#include "engine/refusal.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

WireAnswer anthropic_refusal(const Refusal& refusal, int final_status);
WireAnswer anthropic_failure(int status, std::string_view code, std::string_view sentence);
// `event: error` and its data; the official clients raise it.
std::string anthropic_error_event(std::string_view code, std::string_view sentence,
                                  const std::string& decision_id);

}  // namespace ringfence::llm
