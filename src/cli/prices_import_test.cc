// SPDX-License-Identifier: Apache-2.0
// What is imported is a policy's own words: each sample of a table compiles and prices as it said.
#include <gtest/gtest.h>

#include "policy/policy.h"
#include "pricing/price_import.h"

namespace ringfence {
namespace {

const Time kNow = *parse_rfc3339("2026-11-21T00:00:00Z");

struct Imported {
  ImportedTable table;
  std::shared_ptr<const Policy> policy;

  const Price* price(const std::string& operation) const {
    return policy->price(*Operation::parse(operation), kNow);
  }
  bool left_out(const std::string& line) const {
    return std::find(table.left_out.begin(), table.left_out.end(), line) != table.left_out.end();
  }
};

Imported imported(const std::string& json) {
  auto table = import_prices(json, {}, kNow);
  EXPECT_TRUE(table) << table.error().text();
  if (!table) return {};
  auto policy = Policy::compile("version: 1\n" + policy_prices(table->prices), "import.yaml");
  EXPECT_TRUE(policy) << policy.error().text() << policy_prices(table->prices);
  return {*std::move(table), policy ? *policy : nullptr};
}

TEST(PricesImport, LiteLlm) {
  const Imported got = imported(R"({"sample_spec": {"litellm_provider": "x"},
    "acme/big": {"litellm_provider": "acme", "input_cost_per_token": 2.5e-06,
      "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 2.5e-07,
      "input_cost_per_token_above_200k_tokens": 5e-06, "input_cost_per_token_flex": 1.25e-06,
      "output_cost_per_token_flex": 5e-06, "max_input_tokens": 400000, "max_output_tokens": 8192,
      "supports_reasoning": false, "input_cost_per_video_per_second": 0.1},
    "acme/bad": {"litellm_provider": "acme", "input_cost_per_token": -1,
      "output_cost_per_token": 1},
    "acme/steps": {"litellm_provider": "acme", "input_cost_per_token": 1e-06,
      "output_cost_per_token": 1e-06, "tiered_pricing": []}})");
  ASSERT_TRUE(got.policy);
  const Price* price = got.price("llm:acme/big");
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->rates.get(Dimension::input), 2'500'000);
  EXPECT_EQ(price->rates.get(Dimension::cached_input), 250'000);
  EXPECT_EQ(price->rates.get(Dimension::output), 10'000'000);
  EXPECT_EQ(price->context_tokens, 400'000);
  EXPECT_EQ(price->max_output_tokens, 8'192);
  EXPECT_EQ(price->hidden_output, HiddenOutput::unknown);  // that it cannot reason proves nothing
  ASSERT_EQ(price->cards.size(), 2U);
  // What is spoiled or not understood is left out whole, and said so.
  EXPECT_EQ(got.price("llm:acme/bad"), nullptr);
  EXPECT_EQ(got.price("llm:acme/steps"), nullptr);
  EXPECT_TRUE(got.left_out("acme/bad: input is no rate"));
  EXPECT_TRUE(got.left_out("acme/steps: tiered_pricing is not carried"));
  EXPECT_TRUE(got.left_out("acme/big: input_cost_per_video_per_second has no dimension"));
}

TEST(PricesImport, GenaiPrices) {
  const Imported got = imported(R"([{"id": "acme", "models": [
    {"id": "day", "context_window": 1000, "prices": [
      {"prices": {"input_mtok": 1, "output_mtok": 2}},
      {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": 3, "output_mtok": 4}},
      {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 9, "output_mtok": 9}},
      {"constraint": {"start_time": "00:30:00Z"}, "prices": {"input_mtok": 5, "output_mtok": 1}}]},
    {"id": "half", "prices": {"input_mtok": 1}}]}])");
  ASSERT_TRUE(got.policy);
  const Price* price = got.price("llm:acme/day");
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->rates.get(Dimension::input), 5'000'000);  // the dearest hour
  EXPECT_EQ(price->rates.get(Dimension::output), 4'000'000);
  EXPECT_EQ(got.price("llm:acme/half"), nullptr);
  EXPECT_TRUE(got.left_out("acme/half: no rates for input and output"));
}

TEST(PricesImport, ModelsDev) {
  const Imported got = imported(R"({"acme": {"models": {"m": {"reasoning": true,
    "cost": {"input": 0.5, "output": 1.5, "cache_read": 0.05},
    "limit": {"context": 32000, "output": 4000}}}}})");
  ASSERT_TRUE(got.policy);
  const Price* price = got.price("llm:acme/m");
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->rates.get(Dimension::input), 500'000);
  EXPECT_EQ(price->rates.get(Dimension::cached_input), 50'000);
  EXPECT_EQ(price->hidden_output, HiddenOutput::some);
}

TEST(PricesImport, OfTwoPricesTheDearerOfEachRateStands) {
  const Imported got = imported(R"({
    "acme/M": {"litellm_provider": "acme", "input_cost_per_token": 1e-06,
      "output_cost_per_token": 4e-06},
    "acme/m": {"litellm_provider": "acme", "input_cost_per_token": 2e-06,
      "output_cost_per_token": 3e-06}})");
  ASSERT_TRUE(got.policy);
  EXPECT_EQ(got.price("llm:acme/m")->rates.get(Dimension::input), 2'000'000);
  EXPECT_EQ(got.price("llm:acme/m")->rates.get(Dimension::output), 4'000'000);
}

TEST(PricesImport, WhatIsNoTableIsRefused) {
  for (const char* text : {"", "{", "1", "[1]", "[{}]", "null"}) {
    EXPECT_FALSE(import_prices(text, {}, kNow)) << text;
  }
  EXPECT_FALSE(import_prices("{}", PriceTable::genai_prices, kNow));
  EXPECT_EQ(policy_prices({}), "prices: {}\n");
}

}  // namespace
}  // namespace ringfence
