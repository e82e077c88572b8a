// SPDX-License-Identifier: Apache-2.0
// Usage: what an operation used, or may use at most, in the dimensions that prices have rates for.
//
// Contract: a plain value, the same for every provider: each wire maps its own fields onto it.
// Dimensions are disjoint (base/price.h). Valid when no count is negative; `settle_cost` and
// `hold_cost` refuse anything else.
#pragma once

#include <array>
#include <cstdint>

#include "base/checked.h"
#include "base/price.h"

namespace ringfence {

class Usage {
 public:
  constexpr std::int64_t get(Dimension d) const { return counts_[static_cast<std::size_t>(d)]; }
  constexpr Usage& set(Dimension d, std::int64_t count) {
    counts_[static_cast<std::size_t>(d)] = count;
    return *this;
  }
  // All that was read, all that was made; saturate.
  constexpr std::int64_t input() const { return sum(is_input); }
  constexpr std::int64_t output() const { return sum(is_output); }
  friend constexpr bool operator==(const Usage&, const Usage&) = default;

 private:
  constexpr std::int64_t sum(bool (*of)(Dimension)) const {
    std::int64_t total = 0;
    for_each_dimension([&](Dimension d) { total = of(d) ? saturating_add(total, get(d)) : total; });
    return total;
  }
  std::array<std::int64_t, kDimensions> counts_{};
};

// Usage as most providers count it: what was cached is part of the input.
struct FlatUsage {
  std::int64_t input_tokens = 0;
  std::int64_t cached_input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t calls = 1;
};
constexpr Usage flat_usage(const FlatUsage& flat) {
  return Usage{}
      .set(Dimension::input, flat.input_tokens - flat.cached_input_tokens)
      .set(Dimension::cached_input, flat.cached_input_tokens)
      .set(Dimension::output, flat.output_tokens)
      .set(Dimension::call, flat.calls);
}

}  // namespace ringfence
