// SPDX-License-Identifier: Apache-2.0
// The worst case: what one call can use and cost at most when its size is not stated, and the most
// that a provider could bill for it.
//
// Contract: pure. Input is the model's context, output its maximum times the choices asked for,
// reading at the dearest input rate: no usage the model is capable of costs more. What has no bound
// is an error and never a guess.
#pragma once

#include "base/money.h"
#include "base/price.h"
#include "base/result.h"
#include "pricing/usage.h"

namespace ringfence {

// Errors: `invalid` (context or maximum output unknown, choices below 1, out of range).
Result<Usage> worst_usage(const Price& price, std::int64_t choices = 1);

// Errors: as above, but an unknown size matters only where its tokens cost: a price per call is
// its own worst case.
Result<Money> worst_cost(const Price& price, std::int64_t choices = 1);

}  // namespace ringfence
