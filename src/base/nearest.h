// SPDX-License-Identifier: Apache-2.0
// The known word that a mistyped one was probably meant to be.
#pragma once

#include <string_view>
#include <vector>

namespace ringfence {

// The known word closest to `word`, or empty when none is close.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace ringfence
