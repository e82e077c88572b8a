// SPDX-License-Identifier: Apache-2.0
// Cost: a price times a usage, exact in pico-units and rounded once to a nano-unit.
//
// Contract: pure. Sums are exact in 128 bits; nothing passes through a binary float. For every
// usage inside a bound, settle_cost(usage) <= hold_cost(bound): what was held covers what is
// settled. A hold of two bounds together is at most the sum of their holds.
// Errors of all: `invalid` (a negative count or rate, more cached than read, over what Money
// holds).
#pragma once

#include "base/money.h"
#include "base/price.h"
#include "base/result.h"
#include "pricing/usage.h"

namespace ringfence {

// What `usage` cost: each dimension at its own rate, rounded half up.
Result<Money> settle_cost(const Price& price, const Usage& usage);

// What anything up to `bound` can cost: all input at the dearest input rate (whether it is read
// from a cache is not known before), rounded up.
Result<Money> hold_cost(const Price& price, const Usage& bound);

// The same for one call.
Result<Money> hold_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens);

}  // namespace ringfence
