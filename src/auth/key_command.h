// SPDX-License-Identifier: Apache-2.0
// key_command: runs a command and takes what it prints, for a key that a password manager keeps.
//
// Contract: blocks its caller, for kKeyCommandTime at most; then the command and all that it
// started are killed. No shell reads the words; the program is looked up in PATH, its input is
// empty, its errors go where ours go. What it printed appears in no error.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ringfence::auth {

inline constexpr Duration kKeyCommandTime = Duration::seconds(10);

// Errors: `not_found` (no such program), `unavailable` (it failed, was killed or took too long),
// `too_large`.
Result<std::string> output_of_command(const std::vector<std::string>& words, std::size_t bytes_max,
                                      Duration time_max = kKeyCommandTime);

}  // namespace ringfence::auth
