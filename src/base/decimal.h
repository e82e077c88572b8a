// SPDX-License-Identifier: Apache-2.0
// Exact decimal text to and from scaled 64-bit integers; no binary float on the way.
//
// Grammar (ABNF): decimal = ["-"] 1*DIGIT ["." 1*DIGIT]
//
// No exponent, no sign "+", no blanks, no digit grouping. Digits after the point beyond `scale`
// must be zero, so that a value is either exact or refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kDecimalTextMax = 40;  // characters

// "0.0030" at scale 9 is 3'000'000. Errors: `invalid` (grammar, too precise, out of range).
Result<std::int64_t> parse_decimal(std::string_view text, int scale);

// The shortest form with at least `min_places` digits after the point: 3'000'000 at scale 9 with
// 2 places is "0.003", 500'000'000 is "0.50".
std::string format_decimal(std::int64_t value, int scale, int min_places = 0);

}  // namespace ringfence
