// SPDX-License-Identifier: Apache-2.0
// Random bytes and the ids made of them, from the system's generator.
//
// Contract: thread-safe; aborts when the system has no randomness to give, since no id or key may
// be guessable. The engine never calls this: ids come in with its commands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringfence {

std::string random_bytes(std::size_t count);

// `prefix` and 80 random bits in lower-case base32: "r_mfzwizlomfzwizlo".
std::string random_id(std::string_view prefix);

}  // namespace ringfence
