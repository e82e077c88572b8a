// SPDX-License-Identifier: Apache-2.0
#include "pricing/cost.h"

#include <limits>

namespace ringfence {
namespace {

using Pico = __int128;

// More than this does not fit into Money; four terms below it fit into a Pico with room to spare.
constexpr Pico kPicoMax =
    static_cast<Pico>(std::numeric_limits<std::int64_t>::max()) * kPicoPerNano;

bool valid(const Price& price) {
  return price.input_pico >= 0 && price.cached_input_pico >= 0 && price.output_pico >= 0 &&
         price.call_pico >= 0;
}

bool valid(const Usage& usage) {
  return usage.cached_input_tokens >= 0 && usage.cached_input_tokens <= usage.input_tokens &&
         usage.output_tokens >= 0 && usage.calls >= 0;
}

class Sum {
 public:
  void add(std::int64_t count, std::int64_t pico_each) {
    const Pico term = static_cast<Pico>(count) * pico_each;
    fits_ = fits_ && term <= kPicoMax;
    if (fits_) pico_ += term;
  }
  // In nano-units, after adding `rounding` pico-units and dropping what is below one.
  Result<Money> money(std::int64_t rounding) const {
    const auto nano = narrow((pico_ + rounding) / kPicoPerNano);
    if (!fits_ || !nano) return invalid("the cost is larger than any amount of money can be");
    return Money::from_nano(*nano);
  }

 private:
  Pico pico_ = 0;
  bool fits_ = true;
};

std::optional<Error> problem(const Price& price, const Usage& usage) {
  if (!valid(price)) return Error{ErrorCode::invalid, "a price must not be negative", {}};
  if (!valid(usage)) {
    return Error{
        ErrorCode::invalid, "a usage counts from 0, and what was cached is part of the input", {}};
  }
  return std::nullopt;
}

}  // namespace

Result<Money> settle_cost(const Price& price, const Usage& usage) {
  if (auto error = problem(price, usage)) return std::unexpected(std::move(*error));
  Sum sum;
  sum.add(usage.input_tokens - usage.cached_input_tokens, price.input_pico);
  sum.add(usage.cached_input_tokens, price.cached_input_pico);
  sum.add(usage.output_tokens, price.output_pico);
  sum.add(usage.calls, price.call_pico);
  return sum.money(kPicoPerNano / 2);
}

Result<Money> hold_cost(const Price& price, const Usage& bound) {
  if (auto error = problem(price, bound)) return std::unexpected(std::move(*error));
  Sum sum;
  sum.add(bound.input_tokens, price.dearest_input_pico());
  sum.add(bound.output_tokens, price.output_pico);
  sum.add(bound.calls, price.call_pico);
  return sum.money(kPicoPerNano - 1);
}

Result<Money> hold_cost(const Price& price, std::int64_t input_tokens, std::int64_t output_tokens) {
  return hold_cost(price, Usage{.input_tokens = input_tokens, .output_tokens = output_tokens});
}

}  // namespace ringfence
