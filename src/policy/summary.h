// SPDX-License-Identifier: Apache-2.0
// The summary of a compiled policy for people: accounts, roles, limits, providers and prices.
#pragma once

#include <string>

#include "policy/compiled.h"

namespace ringfence {

std::string summarise(const CompiledPolicy& policy);

// "usd 5.00 per month, pauses".
std::string describe(const WallRule& wall, const UnitTable& units);

}  // namespace ringfence
