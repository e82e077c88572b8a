// SPDX-License-Identifier: Apache-2.0
// What a guard answers: one small JSON object with its decision.
//
// Contract: pure. What is not exactly an answer is none: unknown members and decisions, a second
// value, a message that is too long are errors. Errors say what was wrong and repeat nothing of the
// answer. In the message control characters have become blanks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/command.h"

namespace ringfence::guard {

inline constexpr std::size_t kAnswerBytesMax = 16 * 1024;
inline constexpr std::size_t kMessageBytesMax = 500;

struct Said {
  GuardDecision decision = GuardDecision::deny;
  std::string message;
};

// Errors: `invalid`.
Result<Said> parse_answer(std::string_view text);

}  // namespace ringfence::guard
