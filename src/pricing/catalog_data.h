// SPDX-License-Identifier: Apache-2.0
// The text of the price catalog that this program was built with.
//
// Contract: constant for the life of the process.
#pragma once

#include <string_view>

namespace ringfence {

std::string_view catalog_text();

}  // namespace ringfence
