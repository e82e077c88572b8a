// SPDX-License-Identifier: Apache-2.0
// Prices as people and programs read them: `ringfence prices show`.
//
// Contract: pure. Rates are exact decimals, USD per million tokens or USD per item, and complete:
// what a price leaves to another rate (pricing/card_rates.h) is written out. Lines fit
// kPriceLineMax columns, but for names and words that are longer themselves.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/price_lookup.h"

namespace ringfence {

inline constexpr std::size_t kPriceLineMax = 100;

// All there is about one.
std::string price_page(const ShownPrice& shown, const Catalog& catalog);
// A line each.
std::string price_table(const std::vector<ShownPrice>& shown);
Json price_json(const ShownPrice& shown, const Catalog& catalog);

}  // namespace ringfence
