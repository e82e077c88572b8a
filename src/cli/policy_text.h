// SPDX-License-Identifier: Apache-2.0
// The text of a policy, from a file or from a folder of documents.
//
// Contract: of a folder, all *.yaml, *.yml and *.json in it (not below it, none that begins with a
// dot), in the order of their names, each behind the two lines that tell places in it apart
// (policy/problems.h). Errors: `not_found`; `invalid`: an empty folder, or too much text.
#pragma once

#include <string>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kPolicyBytesMax = 8 * 1024 * 1024;

Result<std::string> read_policy_text(const std::string& path);

}  // namespace ringfence
