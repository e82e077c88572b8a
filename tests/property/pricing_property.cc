// SPDX-License-Identifier: Apache-2.0
// What is held covers what is settled, for any price and any usage inside the bound.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pricing/cost.h"
#include "pricing/worst_case.h"

namespace ringfence {
namespace {

std::int64_t up_to(std::int64_t most) { return *rc::gen::inRange<std::int64_t>(0, most + 1); }

Price any_price() {
  // Also odd rates, so that sums fall between nano-units.
  const std::int64_t most = *rc::gen::element<std::int64_t>(3, 1'500, 100'000'000);
  return flat_price({.input_pico = up_to(most),
                     .cached_input_pico = up_to(most),
                     .output_pico = up_to(most),
                     .call_pico = up_to(most * 1'000),
                     .context_tokens = up_to(2'000'000) + 1,
                     .max_output_tokens = up_to(200'000) + 1});
}

// At most as much input, output and calls, however it is divided.
Usage any_usage(const Usage& bound) {
  const std::int64_t input = up_to(bound.input());
  const std::int64_t output = up_to(bound.output());
  const std::int64_t cached = up_to(input);
  const std::int64_t reasoning = up_to(output);
  return Usage{}
      .set(Dimension::input, input - cached)
      .set(Dimension::cached_input, cached)
      .set(Dimension::output, output - reasoning)
      .set(Dimension::reasoning, reasoning)
      .set(Dimension::call, up_to(bound.get(Dimension::call)));
}

constexpr Usage kLargest =
    flat_usage({.input_tokens = 2'000'000, .output_tokens = 200'000, .calls = 100});

Usage sum(const Usage& a, const Usage& b) {
  Usage both;
  for_each_dimension([&](Dimension d) { both.set(d, a.get(d) + b.get(d)); });
  return both;
}

TEST(PricingProperty, AHoldCoversWhatIsSettledInsideIt) {
  EXPECT_TRUE(rc::check([] {
    const Price price = any_price();
    const Usage bound = any_usage(kLargest);
    const Usage usage = any_usage(bound);
    RC_ASSERT(settle_cost(price, usage).value() <= hold_cost(price, bound).value());
  }));
}

TEST(PricingProperty, MoreNeverCostsLess) {
  EXPECT_TRUE(rc::check([] {
    const Price price = any_price();
    const Usage less = any_usage(kLargest);
    const Usage more = sum(less, any_usage(kLargest));
    RC_ASSERT(settle_cost(price, less).value() <= settle_cost(price, more).value());
    RC_ASSERT(hold_cost(price, less).value() <= hold_cost(price, more).value());
  }));
}

TEST(PricingProperty, HoldsTogetherCoverTheirSum) {
  EXPECT_TRUE(rc::check([] {
    const Price price = any_price();
    const Usage a = any_usage(kLargest);
    const Usage b = any_usage(kLargest);
    const auto apart = hold_cost(price, a)->nano() + hold_cost(price, b)->nano();
    const auto together = hold_cost(price, sum(a, b))->nano();
    RC_ASSERT(together <= apart);
    RC_ASSERT(apart <= together + 1);
    const auto settled_apart = settle_cost(price, a)->nano() + settle_cost(price, b)->nano();
    const auto settled_together = settle_cost(price, sum(a, b))->nano();
    RC_ASSERT(settled_apart - settled_together <= 1 && settled_together - settled_apart <= 1);
  }));
}

TEST(PricingProperty, TheWorstCaseIsTheWorst) {
  EXPECT_TRUE(rc::check([] {
    const Price price = any_price();
    const std::int64_t choices = up_to(7) + 1;
    const Usage usage = any_usage(worst_usage(price, choices).value());
    RC_ASSERT(settle_cost(price, usage).value() <= worst_cost(price, choices).value());
    RC_ASSERT(hold_cost(price, usage).value() <= worst_cost(price, choices).value());
  }));
}

TEST(PricingProperty, AnyCountsAreAnsweredOrRefused) {
  EXPECT_TRUE(rc::check(
      [](std::int64_t input, std::int64_t cached, std::int64_t output, std::int64_t calls) {
        const Usage usage = Usage{}
                                .set(Dimension::input, input)
                                .set(Dimension::cached_input, cached)
                                .set(Dimension::output, output)
                                .set(Dimension::call, calls);
        const Price price = any_price();
        const auto settled = settle_cost(price, usage);
        const auto held = hold_cost(price, usage);
        RC_ASSERT(!held.has_value() || (settled.has_value() && *settled <= *held));
        if (settled) RC_ASSERT(settled->nano() >= 0);
      }));
}

}  // namespace
}  // namespace ringfence
