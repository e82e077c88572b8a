// SPDX-License-Identifier: Apache-2.0
// Answer: what one call of the API gives back; errors as RFC 9457 has them.
//
// Contract: plain values, made anywhere, written by the one who holds the Response. A problem is
//   {"type":"https://ringfence.dev/problems/<reason>","title":…,"status":…,"detail":…,"reason":…,
//    "final":…} + those of "decision_id", "field", "wall", "fits", "retry_after_ms" that apply;
// amounts of a wall are decimal strings in its unit. A wait goes also into the header
// `retry-after-ms`; never a `retry-after`, which some clients sleep however long it is.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "engine/refusal.h"
#include "http/headers.h"

namespace ringfence::api {

struct Answer {
  int status = 200;
  http::Headers headers;
  std::string body;  // JSON text
};

Answer json_answer(int status, const Json& body);

Answer problem_answer(const Refusal& refusal);
// Errors of the HTTP kind, which no decision made: their reasons are words of their own.
Answer problem_answer(int status, std::string_view reason, std::string_view detail);
// An expected error of ours as the refusal it amounts to.
Refusal refusal_of(const Error& error);
// One with its own sentence, or the reason's.
Refusal refusal_of(Reason reason, std::string sentence = {}, std::string field = {});

}  // namespace ringfence::api
