// SPDX-License-Identifier: Apache-2.0
// RF_ENSURE: an invariant that is always checked; a broken one ends the process.
//
// Contract: on in every build. Writes expression, message and place to stderr, then aborts, so
// that nothing continues from a broken invariant. The message is a literal: no data, no secrets.
#pragma once

namespace ringfence::detail {
[[noreturn]] void ensure_failed(const char* expression, const char* message, const char* file,
                                int line);
}

#define RF_ENSURE(condition, message) \
  (static_cast<bool>(condition)       \
       ? static_cast<void>(0)         \
       : ::ringfence::detail::ensure_failed(#condition, message, __FILE__, __LINE__))
