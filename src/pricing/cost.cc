// SPDX-License-Identifier: Apache-2.0
#include "pricing/cost.h"

#include <limits>

namespace ringfence {
namespace {

using Pico = __int128;

// More than this does not fit into Money; a term for each dimension fits into a Pico with room.
constexpr Pico kPicoMax =
    static_cast<Pico>(std::numeric_limits<std::int64_t>::max()) * kPicoPerNano;

class Sum {
 public:
  void add(std::int64_t count, std::int64_t pico_each) {
    valid_ = valid_ && count >= 0 && pico_each >= 0;
    const Pico term = static_cast<Pico>(count) * pico_each;
    fits_ = fits_ && term <= kPicoMax;
    if (fits_) pico_ += term;
  }
  // In nano-units, after adding `rounding` pico-units and dropping what is below one.
  Result<Money> money(std::int64_t rounding) const {
    if (!valid_) return invalid("neither a rate nor a count can be negative");
    const auto nano = narrow((pico_ + rounding) / kPicoPerNano);
    if (!fits_ || !nano) return invalid("the cost is larger than any amount of money can be");
    return Money::from_nano(*nano);
  }

 private:
  Pico pico_ = 0;
  bool fits_ = true;
  bool valid_ = true;
};

bool is_standard(std::string_view service_tier) {
  return service_tier.empty() || service_tier == "default" || service_tier == "standard";
}

bool same_tier(std::string_view a, std::string_view b) {
  return a == b || (is_standard(a) && is_standard(b));
}

// Each dimension at the dearer of the two.
void raise_to(Rates& rates, const Rates& other) {
  for_each_dimension([&](Dimension d) {
    if (other.has(d)) {
      rates.set(d, rates.has(d) ? std::max(rates.get(d), other.get(d)) : other.get(d));
    }
  });
}

}  // namespace

const Rates* rates_for(const Price& price, std::string_view service_tier,
                       std::int64_t input_tokens) {
  const Rates* found = is_standard(service_tier) ? &price.rates : nullptr;
  std::int64_t above = -1;
  for (const RateCard& card : price.cards) {
    if (!same_tier(card.service_tier, service_tier)) continue;
    const bool applies = card.above_input_tokens == 0 || input_tokens > card.above_input_tokens;
    if (!applies || card.above_input_tokens <= above) continue;
    above = card.above_input_tokens;
    found = &card.rates;
  }
  return found;
}

Rates dearest_rates(const Price& price, std::span<const std::string_view> service_tiers,
                    std::int64_t input_tokens) {
  Rates dearest;
  for (const std::string_view tier : service_tiers) {
    if (is_standard(tier)) raise_to(dearest, price.rates);
    for (const RateCard& card : price.cards) {
      if (same_tier(card.service_tier, tier) && input_tokens >= card.above_input_tokens) {
        raise_to(dearest, card.rates);
      }
    }
  }
  return dearest;
}

Result<Money> settle_cost(const Rates& rates, const Usage& usage) {
  Sum sum;
  for_each_dimension([&](Dimension d) { sum.add(usage.get(d), rates.get(d)); });
  return sum.money(kPicoPerNano / 2);
}

Result<Money> settle_cost(const Price& price, const Usage& usage) {
  return settle_cost(*rates_for(price, {}, usage.input()), usage);
}

bool unpriced_in(const Rates& rates, const Usage& usage) {
  bool found = false;
  for_each_dimension([&](Dimension d) {
    found = found || (usage.get(d) > 0 && !rates.has(d) && d != Dimension::call);
  });
  return found;
}

Result<Money> hold_cost(const Rates& dearest, const Usage& bound) {
  Sum sum;
  for_each_dimension([&](Dimension d) {
    sum.add(0, dearest.get(d));  // a negative rate is found, whichever is the dearest
    sum.add(bound.get(d), is_input(d)    ? dearest.dearest_input()
                          : is_output(d) ? dearest.dearest_output()
                                         : dearest.get(d));
  });
  return sum.money(kPicoPerNano - 1);
}

Result<Money> hold_cost(const Price& price, const Usage& bound) {
  constexpr std::string_view kStandard[] = {""};
  return hold_cost(dearest_rates(price, kStandard, bound.input()), bound);
}

}  // namespace ringfence
