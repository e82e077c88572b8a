// SPDX-License-Identifier: Apache-2.0
// Cost: a price times a usage, exact in pico-units and rounded once to a nano-unit.
//
// Contract: pure. Sums are exact in 128 bits; nothing passes through a binary float. For every
// usage inside a bound (no more input, no more output, no more of each item),
// settle_cost(usage) <= hold_cost(bound): what was held covers what is settled. A hold of two
// bounds together is at most the sum of their holds, where no rate depends on how much is read.
// Errors of all: `invalid` (a negative count or rate, over what Money holds).
#pragma once

#include <span>
#include <string_view>

#include "base/money.h"
#include "base/price.h"
#include "base/result.h"
#include "pricing/usage.h"

namespace ringfence {

// The rates for so much input in a service tier (empty: the standard one): of the cards that apply
// the one for the longest input. Null: this price has none for that tier.
const Rates* rates_for(const Price& price, std::string_view service_tier,
                       std::int64_t input_tokens);

// The dearest rate of each dimension that may apply in one of `service_tiers` when at most
// `input_tokens` are read. A dimension that one of the cards has no rate for has the others'.
Rates dearest_rates(const Price& price, std::span<const std::string_view> service_tiers,
                    std::int64_t input_tokens);

// What `usage` cost: each dimension at its own rate, rounded half up. What has no rate adds
// nothing: `unpriced_in` tells whether there is such.
Result<Money> settle_cost(const Rates& rates, const Usage& usage);
Result<Money> settle_cost(const Price& price, const Usage& usage);  // in the standard tier
bool unpriced_in(const Rates& rates, const Usage& usage);

// What anything up to `bound` can cost: all input at the dearest input rate (whether it is read
// from a cache is not known before), all output at the dearest output rate, rounded up.
Result<Money> hold_cost(const Rates& dearest, const Usage& bound);
Result<Money> hold_cost(const Price& price, const Usage& bound);  // in the standard tier

}  // namespace ringfence
