// SPDX-License-Identifier: Apache-2.0
// What our own answers have in common on all wires: status, retry fields, and the facts of a
// refusal that a program can read.
//
// Contract: pure. A final refusal of any reason has the wire's final status, so that no client
// retries it; a malformed request is 400 and a credential that is not taken 401. Busy and throttled
// are 429 with a small `retry-after-ms`, unverifiable 503, and only these ask for a retry.
#pragma once

#include <string>

#include "base/json.h"
#include "engine/refusal.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

// {"reason","final","decision_id","wall":{…},"resets_at","fits"}, what there is of it.
Json refusal_metadata(const Refusal& refusal);
// The refusal's own sentence, or that of its reason.
std::string refusal_sentence(const Refusal& refusal);
// `body` is the wire's error object for it.
WireAnswer own_refusal(const Refusal& refusal, int final_status, const Json& body);

}  // namespace ringfence::llm
