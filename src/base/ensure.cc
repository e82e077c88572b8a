// SPDX-License-Identifier: Apache-2.0
#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace ringfence::detail {

void ensure_failed(const char* expression, const char* message, const char* file, int line) {
  std::fprintf(stderr, "ringfence: broken invariant at %s:%d: %s (%s)\n", file, line, message,
               expression);
  std::abort();
}

}  // namespace ringfence::detail
