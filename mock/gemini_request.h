// SPDX-License-Identifier: Apache-2.0
// Reads a Gemini generateContent or countTokens request, with that API's errors.
//
// Contract: pure. Names are taken in both of the API's spellings, camelCase and snake_case. Of a
// duplicated member the last one counts.
#pragma once

#include <optional>
#include <string_view>

#include "wire.h"

namespace mock {

enum class GeminiMethod { generate, stream, count };

struct GeminiTarget {
  std::string model;
  GeminiMethod method = GeminiMethod::generate;
};

// The target that `/v1beta/models/MODEL:METHOD`, or the same under `/v1`, names, or nothing.
[[nodiscard]] std::optional<GeminiTarget> gemini_target(std::string_view path);

struct GeminiExtras {
  bool include_thoughts = false;
};

[[nodiscard]] std::optional<Refusal> read_gemini_request(std::string_view body, Call& out,
                                                         GeminiExtras& extras);

}  // namespace mock
