// SPDX-License-Identifier: Apache-2.0
// The answer of `ringfence replay`, for people.
#pragma once

#include <string>

#include "base/json.h"

namespace ringfence {

std::string replay_text(const Json& state);

}  // namespace ringfence
