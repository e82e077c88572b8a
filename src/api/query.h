// SPDX-License-Identifier: Apache-2.0
// Query: the parameters after the "?" of a target, and percent-decoding (RFC 3986).
//
// Contract: pure. Errors: `invalid` with the parameter in `where`: a bad escape, control bytes,
// a parameter that comes twice or that nobody asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringfence::api {

inline constexpr std::size_t kQueryParametersMax = 32;

// "%2F" to "/"; '+' stays. Errors: `invalid` (bad escape, or a control byte comes out).
Result<std::string> percent_decode(std::string_view text);

class Query {
 public:
  static Result<Query> parse(std::string_view text);

  // Empty when absent.
  std::string text(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // A number of digits from `min` to `max`; `otherwise` when absent.
  Result<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max,
                               std::int64_t otherwise) const;
  // Refuses every parameter but these.
  Result<void> allow_only(const std::vector<std::string_view>& names) const;

 private:
  const std::string* find(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace ringfence::api
