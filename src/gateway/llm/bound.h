// SPDX-License-Identifier: Apache-2.0
// bound: the most a request can cost, as a hold states it.
//
// Contract: pure. Input counts at the dearest input rate; output is left to the engine, which picks
// the cap (OutputBound). `physical_max` is what a provider could bill at all for one call: its
// context and its largest output at the dearest rates.
// Errors are final refusals: `unpriced` (naming the member), `unbounded`, `invalid` (overflow).
#pragma once

#include <expected>
#include <optional>

#include "base/price.h"
#include "engine/command.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

// Which walls stand above the caller: what none of them counts needs no bound.
struct WallKinds {
  bool money = true;
  bool tokens = true;
};

// What is held beyond what was seen, where output is held step by step.
inline constexpr std::int64_t kAheadTokens = 1'024;

struct BoundTerms {
  const Price* price = nullptr;      // null: none is known
  bool free = false;                 // the provider costs no money
  bool pass_unknown_fields = false;  // the operator answers for members this wire does not know
  bool clamp = true;
  bool stepwise = false;  // only the first step of the output is held
  WallKinds walls = {};
};

struct Bound {
  Rates dearest;                          // that may apply, of the dimensions that may be billed
  std::int64_t input_tokens = 0;          // the most
  std::int64_t output_tokens_wanted = 0;  // all choices; 0: not bounded, nor in need of it
  Amounts need;                           // the output not included
  std::optional<OutputBound> output;
  Amounts physical_max;
};

std::expected<Bound, Refusal> bound_call(const CallFacts& facts, const BoundTerms& terms);

}  // namespace ringfence::llm
