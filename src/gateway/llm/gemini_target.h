// SPDX-License-Identifier: Apache-2.0
// GeminiTarget: what the path and the query of a Gemini call say.
//
//   path = "/" ("v1beta" / "v1") "/models/" model ":" ("generateContent" /
//          "streamGenerateContent" / "countTokens")
//   model = ["models/"] [provider "/"] name, percent-encoded or not
//
// Contract: pure. A parameter that carries a credential is dropped: none of a client's goes up. One
// that could hide what an answer cost is refused.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::llm {

struct GeminiTarget {
  enum class Verb : std::uint8_t { generate, stream, count };

  Verb verb = Verb::generate;
  std::string version;  // "v1beta"
  std::string model;    // decoded, without "models/"
  std::string query;    // as it goes up, without "?"
  bool event_stream = false;
  std::string unknown;  // the first parameter that may change the cost: "?name"; empty: none

  // Errors: `invalid`, with the parameter or "model" in `where`.
  static Result<GeminiTarget> read(std::string_view path, std::string_view query);

  // With another model's name.
  std::string path(std::string_view model_name) const;
  std::string count_path(std::string_view model_name) const;
};

// Whether a path is one of those above.
bool is_gemini_call(std::string_view path);

}  // namespace ringfence::llm
