// SPDX-License-Identifier: Apache-2.0
// Price: what one operation's items cost, and the sizes that bound it.
//
// Contract: a plain value. Rates are pico-units of the currency per token or per call
// (1 USD per million tokens = 1'000'000 pico-USD per token). Policy states prices, pricing computes
// with them: both rooms share this vocabulary and nothing else.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringfence {

inline constexpr std::int64_t kPicoPerNano = 1'000;

struct Price {
  std::int64_t input_pico = 0;         // per input token that was not read from a cache
  std::int64_t cached_input_pico = 0;  // per input token read from a cache
  std::int64_t output_pico = 0;        // per output token, reasoning included
  std::int64_t call_pico = 0;          // per call, whatever its size
  std::int64_t context_tokens = 0;     // most tokens a call can read; 0: unknown
  std::int64_t max_output_tokens = 0;  // most tokens one choice can have; 0: unknown

  std::int64_t dearest_input_pico() const { return std::max(input_pico, cached_input_pico); }
  bool costs() const {
    return input_pico > 0 || cached_input_pico > 0 || output_pico > 0 || call_pico > 0;
  }
  friend bool operator==(const Price&, const Price&) = default;
};

}  // namespace ringfence
