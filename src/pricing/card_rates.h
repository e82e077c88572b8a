// SPDX-License-Identifier: Apache-2.0
// What a price means where it is silent: the same rules for the catalog and for policies.
//
// Contract: pure. Nothing that is not stated becomes cheaper than what is: what is read from a
// cache costs as input, what is thought costs as output. A card (a service tier, or a size) has its
// standard's rate for what it does not state.
#pragma once

#include "base/price.h"

namespace ringfence {

// The standard rates, completed.
constexpr Rates complete_rates(Rates stated) {
  const auto as = [&](Dimension d, Dimension other) {
    if (!stated.has(d) && stated.has(other)) stated.set(d, stated.get(other));
  };
  as(Dimension::cached_input, Dimension::input);
  as(Dimension::reasoning, Dimension::output);
  return stated;
}

// A card's rates, completed by its own and then by those of its standard.
constexpr Rates card_rates(const Rates& standard, const Rates& stated) {
  Rates card = complete_rates(stated);
  for_each_dimension([&](Dimension d) {
    if (!card.has(d) && standard.has(d)) card.set(d, standard.get(d));
  });
  return card;
}

}  // namespace ringfence
