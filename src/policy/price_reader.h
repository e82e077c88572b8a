// SPDX-License-Identifier: Apache-2.0
// Reads one entry of the `prices` section: its rates, tiers, service tiers and sizes.
//
// Contract: as the readers of policy/reader.h: what does not fit is reported with its place. Rates
// are USD per million tokens or USD per item, exact to a pico-USD; what a card does not state it
// takes by the rules of pricing/card_rates.h.
#pragma once

#include "base/price.h"
#include "policy/reader.h"

namespace ringfence {

inline constexpr std::int64_t kTokensMax = 1'000'000'000;           // context, max_output
inline constexpr std::int64_t kUsdPerMillionTokensMax = 1'000'000;  // one dollar a token
inline constexpr std::int64_t kUsdPerItemMax = 1'000'000;
inline constexpr std::size_t kTiersMax = 16;  // by size, and by service

// `key` is where the entry stands. A free one states sizes alone.
Price read_price(Problems& problems, YamlNode key, YamlNode map, bool free);

}  // namespace ringfence
