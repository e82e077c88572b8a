// SPDX-License-Identifier: Apache-2.0
#include "pricing/worst_case.h"

#include "base/checked.h"
#include "pricing/cost.h"

namespace ringfence {
namespace {

std::unexpected<Error> unbounded(const char* size) {
  return invalid(std::string("no bound: the price states no ") + size);
}

// A size that is not stated (0) counts as none: whether that will do is for the caller to say.
Result<Usage> stated_sizes(const Price& price, std::int64_t choices) {
  if (choices < 1) return invalid("a call makes one choice or more");
  const auto output = checked_mul(price.max_output_tokens, choices);
  if (!output) return invalid("more output than can be counted");
  return flat_usage({.input_tokens = price.context_tokens, .output_tokens = *output});
}

}  // namespace

Result<Usage> worst_usage(const Price& price, std::int64_t choices) {
  if (price.context_tokens <= 0) return unbounded("context");
  if (price.max_output_tokens <= 0) return unbounded("max_output");
  return stated_sizes(price, choices);
}

Result<Money> worst_cost(const Price& price, std::int64_t choices) {
  const Rates& rates = price.rates;
  if (rates.dearest_input() > 0 && price.context_tokens <= 0) return unbounded("context");
  if (rates.dearest_output() > 0 && price.max_output_tokens <= 0) return unbounded("max_output");
  const auto usage = stated_sizes(price, choices);
  if (!usage) return std::unexpected(usage.error());
  return hold_cost(price, *usage);
}

}  // namespace ringfence
