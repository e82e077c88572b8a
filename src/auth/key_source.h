// SPDX-License-Identifier: Apache-2.0
// read_key: the secret that a policy names: a provider's key, a webhook's secret.
//
// Contract: blocking (a command may run for kKeyCommandTime); thread-safe if the look-up of
// variables is. Blanks around the secret are dropped. A file that others than its owner may read is
// refused. What was read appears in no error; wiping it is the caller's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/policy.h"

namespace ringfence::auth {

inline constexpr std::size_t kKeyMax = 4'096;  // bytes

// Looks an environment variable up; null when it is not set.
using Environment = std::function<const char*(const char*)>;

// Empty when there is none: no such variable or file, or nothing in it. `owner` stands in errors:
// "the provider openai". Errors: `forbidden` (the file's mode), `unavailable` (the command failed
// or took too long), `too_large`.
Result<std::string> read_key(const KeySource& source, const Environment& environment,
                             std::string_view owner);

}  // namespace ringfence::auth
