// SPDX-License-Identifier: Apache-2.0
// request_reading: members that several wires have in common, read from a checked body.
//
// Contract: pure. Errors: `invalid`, naming the member.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/splice.h"

namespace ringfence::llm {

inline constexpr std::int64_t kOutputCapMax = 1'000'000'000;  // tokens; more cannot be meant
inline constexpr std::size_t kModelNameMax = 256;             // bytes

// Where a value stands in its body.
Splice::Range range_in(std::string_view body, JsonSlice value);
// A model's name.
Result<std::string> read_model(JsonSlice value, const std::string& where);
// An output cap; none: null.
Result<std::optional<std::int64_t>> read_output_cap(JsonSlice value, const std::string& where);

}  // namespace ringfence::llm
