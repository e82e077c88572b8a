// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/bound.h"

#include <gtest/gtest.h>

#include "pricing/cost.h"

namespace ringfence::llm {
namespace {

// 2.50, 1.25 and 10.00 USD per million tokens.
const Price kPrice = flat_price({.input_pico = 2'500'000,
                                 .cached_input_pico = 1'250'000,
                                 .output_pico = 10'000'000,
                                 .call_pico = 0,
                                 .context_tokens = 128'000,
                                 .max_output_tokens = 16'384});

CallFacts small() {
  CallFacts facts;
  facts.model = "m";
  facts.input_tokens_max = 8'000;
  return facts;
}
BoundTerms priced(const Price& price = kPrice) { return {.price = &price}; }

TEST(Bound, HoldsInputByBytesAndLeavesOutputToTheEngine) {
  CallFacts facts = small();
  facts.output_cap = 16'000;
  const auto bound = bound_call(facts, priced());
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->need.get(kCalls), 1);
  EXPECT_EQ(bound->need.get(kInputTokens), 8'000);
  EXPECT_EQ(bound->need.get(kTokens), 8'000);
  EXPECT_EQ(bound->need.get(kUsd), 20'000'000);
  ASSERT_TRUE(bound->output);
  EXPECT_EQ(bound->output->wanted_tokens, 16'000);
  EXPECT_EQ(bound->output->min_tokens, 256);
  EXPECT_EQ(bound->output->output_pico, 10'000'000);
  EXPECT_EQ(bound->output->fixed_pico, 20'000'000'000);
  EXPECT_TRUE(bound->output->clamp);
  // The whole call is $0.18.
  const std::int64_t pico = bound->output->fixed_pico + 16'000 * bound->output->output_pico;
  EXPECT_EQ(pico, 180'000'000'000);
}

TEST(Bound, WithoutACapTheModelsMaximumIsWanted) {
  EXPECT_EQ(bound_call(small(), priced())->output->wanted_tokens, 16'384);
  CallFacts facts = small();
  facts.output_cap = 1'000'000;
  EXPECT_EQ(bound_call(facts, priced())->output->wanted_tokens, 16'384);
  facts.output_cap = 10;
  EXPECT_EQ(bound_call(facts, priced())->output->wanted_tokens, 10);
  EXPECT_EQ(bound_call(facts, priced())->output->min_tokens, 10);
}

TEST(Bound, ContentOutsideCostsTheWholeContext) {
  CallFacts facts = small();
  facts.refers_outside = true;
  EXPECT_EQ(bound_call(facts, priced())->input_tokens, 128'000);
  facts.refers_outside = false;
  facts.input_tokens_max = 1'000'000;
  EXPECT_EQ(bound_call(facts, priced())->input_tokens, 128'000);
}

TEST(Bound, EachInputOfAnEmbeddingHasAContextOfItsOwn) {
  CallFacts facts = small();
  facts.makes_output = false;
  facts.inputs = 3;
  facts.input_tokens_max = 300'000;
  const auto bound = bound_call(facts, priced());
  EXPECT_EQ(bound->input_tokens, 300'000);
  EXPECT_EQ(bound->physical_max.get(kInputTokens), 3 * 128'000);
  EXPECT_FALSE(bound->output);
  facts.input_tokens_max = 1'000'000;
  EXPECT_EQ(bound_call(facts, priced())->input_tokens, 3 * 128'000);
  facts.refers_outside = true;
  EXPECT_EQ(bound_call(facts, priced())->input_tokens, 3 * 128'000);
}

TEST(Bound, PredictionCountsAsOutputOnTop) {
  CallFacts facts = small();
  facts.prediction_tokens_max = 100;
  const auto bound = bound_call(facts, priced());
  EXPECT_EQ(bound->need.get(kOutputTokens), 100);
  EXPECT_EQ(bound->need.get(kTokens), 8'100);
  EXPECT_EQ(bound->output->fixed_pico, 20'000'000'000 + 100 * 10'000'000);
}

TEST(Bound, InputIsHeldAtTheDearestRate) {
  Price price = kPrice;
  price.rates.set(Dimension::cached_input, 3'000'000);
  EXPECT_EQ(bound_call(small(), priced(price))->output->fixed_pico, 24'000'000'000);
}

Price tiered() {
  Price price = kPrice;
  Rates flex = kPrice.rates;
  flex.set(Dimension::input, 1'250'000)
      .set(Dimension::output, 5'000'000)
      .set(Dimension::reasoning, 5'000'000);
  Rates large = kPrice.rates;
  large.set(Dimension::input, 5'000'000).set(Dimension::output, 15'000'000);
  price.cards = {{.service_tier = "flex", .above_input_tokens = 0, .rates = flex},
                 {.service_tier = {}, .above_input_tokens = 8'000, .rates = large}};
  return price;
}

TEST(Bound, ALongRequestIsHeldAtTheDearerCard) {
  const Price price = tiered();
  CallFacts facts = small();
  facts.input_tokens_max = 7'999;
  EXPECT_EQ(bound_call(facts, priced(price))->output->output_pico, 10'000'000);
  facts.input_tokens_max = 8'001;
  EXPECT_EQ(bound_call(facts, priced(price))->output->output_pico, 15'000'000);
}

TEST(Bound, AnotherTierIsHeldAtTheDearestThatMayBeBilled) {
  const Price price = tiered();
  CallFacts facts = small();
  facts.input_tokens_max = 100;
  facts.service_tiers = {"flex"};
  EXPECT_EQ(bound_call(facts, priced(price))->output->output_pico, 5'000'000);
  facts.service_tiers = {"flex", "default"};
  EXPECT_EQ(bound_call(facts, priced(price))->output->output_pico, 10'000'000);
  facts.service_tiers = {"priority", "default"};
  const auto refused = bound_call(facts, priced(price));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::unpriced);
  EXPECT_EQ(refused.error().field, "service_tier");
}

TEST(Bound, ExtrasNeedARateAndAddTheirMost) {
  Price price = kPrice;
  CallFacts facts = small();
  facts.extras = {{.dimension = Dimension::web_search, .most = 3, .path = "tools[0]"}};
  const auto refused = bound_call(facts, priced(price));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "tools[0]");
  price.rates.set(Dimension::web_search, 10'000'000'000);
  EXPECT_EQ(bound_call(facts, priced(price))->need.get(kUsd), 20'000'000 + 3 * 10'000'000);
  // Tokens of a dearer kind make all input as dear.
  facts.extras = {{.dimension = Dimension::cache_write_1h, .most = 0, .path = "system[0]"}};
  price.rates.set(Dimension::cache_write_1h, 5'000'000);
  EXPECT_EQ(bound_call(facts, priced(price))->need.get(kUsd), 40'000'000);
  facts.extras.clear();
  EXPECT_EQ(bound_call(facts, priced(price))->need.get(kUsd), 20'000'000);
}

TEST(Bound, EachRoundMayReadTheWholeContext) {
  CallFacts facts = small();
  facts.rounds = 3;
  EXPECT_EQ(bound_call(facts, priced())->input_tokens, 3 * 128'000);
}

TEST(Bound, PhysicalMaximumIsContextAndLargestOutput) {
  CallFacts facts = small();
  facts.choices = 2;
  facts.output_cap = 10;
  const Amounts most = bound_call(facts, priced())->physical_max;
  EXPECT_EQ(most.get(kInputTokens), 128'000);
  EXPECT_EQ(most.get(kOutputTokens), 32'768);
  EXPECT_EQ(most.get(kUsd), 128'000LL * 2'500 + 32'768LL * 10'000);
}

struct RefusedCase {
  const char* name;
  CallFacts facts;
  BoundTerms terms;
  Reason reason;
  const char* field;
};

TEST(Bound, RefusesWhatCannotBePricedOrBounded) {
  static const Price no_context =
      flat_price({.input_pico = 1, .output_pico = 1, .max_output_tokens = 100});
  static const Price no_maximum =
      flat_price({.input_pico = 1, .output_pico = 1, .context_tokens = 100});
  static const Price zero{};
  CallFacts unpriced = small();
  unpriced.unpriced = "audio";
  CallFacts unknown = small();
  unknown.unknown = "plugins";
  CallFacts outside = small();
  outside.refers_outside = true;
  CallFacts vast = small();
  vast.prediction_tokens_max = INT64_MAX;
  const RefusedCase table[] = {
      {"no price", small(), {}, Reason::unpriced, "model"},
      {"unpriced member", unpriced, priced(), Reason::unpriced, "audio"},
      {"unpriced member, passing",
       unpriced,
       {.price = &kPrice, .pass_unknown_fields = true},
       Reason::unpriced,
       "audio"},
      {"unknown member", unknown, priced(), Reason::unpriced, "plugins"},
      {"outside, no context", outside, priced(no_context), Reason::unbounded, "messages"},
      {"no cap, no maximum", small(), priced(no_maximum), Reason::unbounded,
       "max_completion_tokens"},
      {"tokens alone, no maximum",
       small(),
       {.price = &zero, .free = true},
       Reason::unbounded,
       "max_completion_tokens"},
      {"overflow", vast, priced(), Reason::invalid, ""},
  };
  for (const RefusedCase& row : table) {
    const auto bound = bound_call(row.facts, row.terms);
    ASSERT_FALSE(bound) << row.name;
    EXPECT_EQ(bound.error().reason, row.reason) << row.name;
    EXPECT_EQ(bound.error().field, row.field) << row.name;
  }
}

TEST(Bound, WhatNoWallCountsNeedsNoBound) {
  static const Price zero{};
  CallFacts odd = small();
  odd.unpriced = "audio";
  odd.unknown = "plugins";
  const WallKinds calls_only{.money = false, .tokens = false};
  const auto unpriced = bound_call(odd, {.price = nullptr, .walls = calls_only});
  ASSERT_TRUE(unpriced);
  EXPECT_FALSE(unpriced->need.has(kUsd));
  EXPECT_FALSE(unpriced->output);
  EXPECT_TRUE(bound_call(odd, {.price = &zero, .free = true, .walls = {true, false}}));
  odd.unpriced.clear();
  EXPECT_TRUE(bound_call(odd, {.price = &kPrice, .pass_unknown_fields = true}));
}

}  // namespace
}  // namespace ringfence::llm
