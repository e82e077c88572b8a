// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace ringfence {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid: return "invalid";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::closed: return "closed";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::unverifiable: return "unverifiable";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

}  // namespace ringfence
