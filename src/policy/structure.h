// SPDX-License-Identifier: Apache-2.0
// What two documents say differently, in words.
//
// Contract: pure; compares what is written, section by section and key by key, not what follows
// from it: the order of a map does not matter, that of a list does only where its items have no
// name. Works for every section that the grammar has or will have. At most kDifferencesMax lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kDifferencesMax = 1'000;

struct Difference {
  enum class Kind { added, removed, changed } kind = Kind::changed;
  std::string where;          // "roles.coder.allow", "limits.burst (calls)"
  std::string before, after;  // as written, shortened; empty on one side where there was nothing
  std::string text() const;
};

// Both compile already. Errors: `invalid` (not YAML).
Result<std::vector<Difference>> differences(std::string_view before, std::string_view after);

}  // namespace ringfence
