// SPDX-License-Identifier: Apache-2.0
// stepwise: a stream whose output is held step by step, always kAheadTokens beyond what was seen.
//
// Contract: pure. For visible streamed output of one choice, without tools: there alone what was
// seen tells what was generated. A step that does not fit cuts the stream. What a provider has
// generated beyond what was seen is outside of the zero-overshoot promise, and docs/gateway.md says
// so.
#pragma once

#include <algorithm>
#include <optional>

#include "base/checked.h"
#include "base/price.h"
#include "engine/command.h"
#include "gateway/llm/bound.h"

namespace ringfence::llm {

inline bool may_step(const CallFacts& facts) {
  return facts.stream && facts.makes_output && !facts.bills_nothing && facts.choices == 1 &&
         facts.rounds == 1 && !facts.has_tools && facts.prediction_tokens_max == 0 &&
         facts.reasoning != ReasoningWish::on;
}

class Steps {
 public:
  // Of `most_tokens` in all the first `held_tokens` are held already.
  Steps(std::int64_t held_tokens, std::int64_t most_tokens, std::int64_t output_pico)
      : held_tokens_(held_tokens), most_tokens_(most_tokens), output_pico_(output_pico) {}

  // What must be added to the hold now that so much was seen; none: nothing.
  std::optional<Amounts> next(std::int64_t seen_tokens) {
    const std::int64_t wanted = std::min(saturating_add(seen_tokens, kAheadTokens), most_tokens_);
    // In whole steps, so that not each token is a decision.
    if (wanted <= held_tokens_) return std::nullopt;
    const std::int64_t step =
        std::min(std::max(wanted - held_tokens_, kAheadTokens), most_tokens_ - held_tokens_);
    held_tokens_ += step;
    Amounts need;
    need.set(kOutputTokens, step);
    need.set(kTokens, step);
    const std::int64_t pico = saturating_mul(step, output_pico_);
    if (pico > 0) need.set(kUsd, saturating_add(pico, kPicoPerNano - 1) / kPicoPerNano);
    return need;
  }

 private:
  std::int64_t held_tokens_;
  std::int64_t most_tokens_;
  std::int64_t output_pico_;
};

}  // namespace ringfence::llm
