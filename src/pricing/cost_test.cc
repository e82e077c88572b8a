// SPDX-License-Identifier: Apache-2.0
#include "pricing/cost.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringfence {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

// $2.50 in, $1.25 cached, $10 out per million tokens.
constexpr FlatPrice kModel{.input_pico = 2'500'000,
                           .cached_input_pico = 1'250'000,
                           .output_pico = 10'000'000,
                           .context_tokens = 128'000,
                           .max_output_tokens = 16'384};
constexpr FlatPrice kPerCall{.call_pico = 10'000'000'000};  // $0.01

Result<Money> settled(const FlatPrice& price, const FlatUsage& usage) {
  return settle_cost(flat_price(price), flat_usage(usage));
}
Result<Money> held(const FlatPrice& price, const FlatUsage& usage) {
  return hold_cost(flat_price(price), flat_usage(usage));
}

TEST(SettleCost, Exact) {
  const struct {
    FlatPrice price;
    FlatUsage usage;
    const char* cost;
  } rows[] = {
      {kModel, {.input_tokens = 8'000, .output_tokens = 16'000}, "0.18"},  // fixture A
      {kModel, {.input_tokens = 8'000, .cached_input_tokens = 8'000, .output_tokens = 0}, "0.01"},
      {kModel, {.input_tokens = 8'000, .cached_input_tokens = 4'000, .output_tokens = 0}, "0.015"},
      {kModel, {.output_tokens = 1}, "0.00001"},
      {kModel, {}, "0.00"},
      {kModel, {.input_tokens = 128'000, .output_tokens = 16'384}, "0.48384"},
      {kPerCall, {}, "0.01"},  // fixture B
      {kPerCall, {.calls = 100}, "1.00"},
      {kPerCall, {.input_tokens = 1'000'000, .calls = 0}, "0.00"},
      {FlatPrice{}, {.input_tokens = kMax, .output_tokens = kMax, .calls = kMax}, "0.00"},
      // a cached token may be dearer, too: each has its own rate
      {{.input_pico = 1'000, .cached_input_pico = 3'000}, {10, 4, 0, 1}, "0.000000018"},
  };
  for (const auto& row : rows) {
    const auto cost = settled(row.price, row.usage);
    ASSERT_TRUE(cost.has_value()) << cost.error().text();
    EXPECT_EQ(cost->text(), row.cost);
  }
}

TEST(SettleCost, RoundsHalfUpOnceAndHoldCostUp) {
  const struct {
    std::int64_t pico;
    std::int64_t settled_nano;
    std::int64_t held_nano;
  } rows[] = {
      {0, 0, 0},     {1, 0, 1},     {499, 0, 1},   {500, 1, 1},   {999, 1, 1},
      {1'000, 1, 1}, {1'001, 1, 2}, {1'499, 1, 2}, {1'500, 2, 2}, {2'000, 2, 2},
  };
  for (const auto& row : rows) {
    const FlatPrice price{.call_pico = row.pico};
    EXPECT_EQ(settled(price, {})->nano(), row.settled_nano) << row.pico;
    EXPECT_EQ(held(price, {})->nano(), row.held_nano) << row.pico;
  }
  // 0.4 nano-units in each of three dimensions are 1.2, which is 1: not three times 0.
  const FlatPrice thirds{.input_pico = 400, .cached_input_pico = 400, .output_pico = 400};
  EXPECT_EQ(settled(thirds, {2, 1, 1, 0})->nano(), 1);
}

TEST(HoldCost, TakesTheDearestInputRate) {
  EXPECT_EQ(held(kModel, {.input_tokens = 8'000, .output_tokens = 16'000})->text(), "0.18");
  const FlatUsage all_cached{
      .input_tokens = 8'000, .cached_input_tokens = 8'000, .output_tokens = 0};
  EXPECT_EQ(held(kModel, all_cached)->text(), "0.02");
  const FlatPrice cached_dearer{.input_pico = 1'000'000, .cached_input_pico = 2'000'000};
  EXPECT_EQ(held(cached_dearer, {.input_tokens = 1'000'000})->text(), "2.00");
  EXPECT_EQ(held(kPerCall, {.input_tokens = 5, .output_tokens = 5})->text(), "0.01");
  EXPECT_EQ(held(kPerCall, {.calls = 7})->text(), "0.07");
}

TEST(Cost, RefusesWhatHasNoExactAnswer) {
  const struct {
    FlatPrice price;
    FlatUsage usage;
    const char* why;
  } rows[] = {
      {kModel, {.input_tokens = -1}, "can be negative"},
      {kModel, {.input_tokens = 5, .cached_input_tokens = -1}, "can be negative"},
      {kModel, {.input_tokens = 5, .cached_input_tokens = 6}, "can be negative"},
      {kModel, {.output_tokens = -1}, "can be negative"},
      {kModel, {.calls = -1}, "can be negative"},
      {{.input_pico = -1}, {}, "can be negative"},
      {{.cached_input_pico = -1}, {}, "can be negative"},
      {{.output_pico = -1}, {}, "can be negative"},
      {{.call_pico = -1}, {}, "can be negative"},
      {kModel, {.input_tokens = kMax}, "larger than"},
      {kModel, {.input_tokens = kMax, .output_tokens = kMax}, "larger than"},
      {{kMax, kMax, kMax, kMax, 0, 0}, {kMax, 0, kMax, kMax}, "larger than"},
      {{kMax, kMax, kMax, kMax, 0, 0}, {kMax, kMax / 2, kMax, kMax}, "larger than"},
      {{.call_pico = kMax}, {.calls = 1'001}, "larger than"},
  };
  for (const auto& row : rows) {
    for (const auto& cost : {settled(row.price, row.usage), held(row.price, row.usage)}) {
      ASSERT_FALSE(cost.has_value()) << cost->text();
      EXPECT_EQ(cost.error().code, ErrorCode::invalid);
      EXPECT_NE(cost.error().message.find(row.why), std::string::npos) << cost.error().message;
    }
  }
}

TEST(Cost, TheLargestThatFits) {
  const FlatPrice nano{.call_pico = kPicoPerNano};
  EXPECT_EQ(settled(nano, {.calls = kMax})->nano(), kMax);
  EXPECT_EQ(held(nano, {.calls = kMax})->nano(), kMax);
  // One pico-unit more: settled rounds down, held has no room.
  const FlatPrice price{.output_pico = 1, .call_pico = kPicoPerNano};
  EXPECT_EQ(settled(price, {.output_tokens = 1, .calls = kMax})->nano(), kMax);
  EXPECT_FALSE(held(price, {.output_tokens = 1, .calls = kMax}).has_value());
}

}  // namespace
}  // namespace ringfence
