// SPDX-License-Identifier: Apache-2.0
// Reads the prices of one line of the catalog (its grammar is in pricing/catalog.h).
//
// Contract: pure. Strict: an unknown member, a negative or inexact rate, dates out of order are
// errors (`invalid`).
#pragma once

#include <vector>

#include "base/json.h"
#include "pricing/catalog.h"

namespace ringfence {

// Digits after the point: USD per million tokens with six is pico-USD per token, USD per item with
// twelve pico-USD.
constexpr int rate_scale(Dimension d) { return is_input(d) || is_output(d) ? 6 : 12; }

Result<std::vector<DatedPrice>> read_catalog_prices(const Json& model);

}  // namespace ringfence
