// SPDX-License-Identifier: Apache-2.0
// One text for each JSON value, so that equality as JSON Schema has it is equality of texts.
//
// Contract: pure. Members are sorted and numbers are exact decimals: {"b":1.0,"a":2} and
// {"a":2,"b":1} have the same text.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"

namespace ringfence {

enum class Canonical : std::uint8_t {
  written,
  too_long,    // more than `bytes_max`
  unreadable,  // a number that ExactNumber does not read, or more than kJsonDepthMax levels
};

// Appends to `out`, of which is nothing to be used unless it was written. Takes time in
// `bytes_max`, not in the size of the value.
Canonical append_canonical(std::string& out, const Json& value, std::size_t bytes_max);

}  // namespace ringfence
