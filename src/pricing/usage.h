// SPDX-License-Identifier: Apache-2.0
// Usage: what an operation used, or may use at most, in the dimensions that prices have rates for.
//
// Contract: a plain value, the same for every provider: each wire maps its own fields onto it.
// Valid when no count is negative and what was cached is part of the input; `settle_cost` and
// `hold_cost` refuse anything else.
// Limitations: no cache writes, context tiers, service tiers or hosted tools yet; a call that could
// use them must be refused before it is priced.
#pragma once

#include <cstdint>

namespace ringfence {

struct Usage {
  std::int64_t input_tokens = 0;         // all that was read, cached tokens included
  std::int64_t cached_input_tokens = 0;  // the part of them read from a cache
  std::int64_t output_tokens = 0;        // all that was made, reasoning included
  std::int64_t calls = 1;

  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace ringfence
