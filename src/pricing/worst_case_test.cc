// SPDX-License-Identifier: Apache-2.0
#include "pricing/worst_case.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringfence {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(WorstCase, OfAModel) {
  const Price price = flat_price({.input_pico = 2'500'000,
                                  .cached_input_pico = 1'250'000,
                                  .output_pico = 10'000'000,
                                  .call_pico = 10'000'000'000,
                                  .context_tokens = 128'000,
                                  .max_output_tokens = 16'000});
  EXPECT_EQ(worst_usage(price).value(), flat_usage({128'000, 0, 16'000, 1}));
  EXPECT_EQ(worst_usage(price, 3).value(), flat_usage({128'000, 0, 48'000, 1}));
  EXPECT_EQ(worst_cost(price)->text(), "0.49");     // 0.32 + 0.16 + 0.01
  EXPECT_EQ(worst_cost(price, 3)->text(), "0.81");  // the choices share their input
}

TEST(WorstCase, WhatHasNoBound) {
  const struct {
    FlatPrice price;
    std::int64_t choices;
    bool usage_known;
    const char* cost;  // null: none
  } rows[] = {
      {{}, 1, false, "0.00"},
      {{.call_pico = 10'000'000'000}, 1, false, "0.01"},
      {{.input_pico = 1}, 1, false, nullptr},
      {{.cached_input_pico = 1}, 1, false, nullptr},
      {{.output_pico = 1}, 1, false, nullptr},
      {{.output_pico = 1, .context_tokens = 10}, 1, false, nullptr},
      {{.input_pico = 1, .max_output_tokens = 10}, 1, false, nullptr},
      {{.input_pico = 1'000, .context_tokens = 10}, 1, false, "0.00000001"},  // output is free
      {{.output_pico = 1'000, .max_output_tokens = 10}, 2, false, "0.00000002"},
      {{.context_tokens = 10, .max_output_tokens = 10}, 1, true, "0.00"},
      {{.context_tokens = 10, .max_output_tokens = 10}, 0, false, nullptr},
      {{.context_tokens = 10, .max_output_tokens = 10}, -1, false, nullptr},
      {{.context_tokens = 10, .max_output_tokens = 10}, kMax, false, nullptr},
      {{.context_tokens = -10, .max_output_tokens = 10}, 1, false, nullptr},
      {{.input_pico = kMax, .context_tokens = 1'000'000, .max_output_tokens = 1}, 1, true, nullptr},
  };
  for (const auto& row : rows) {
    const std::string what = "context " + std::to_string(row.price.context_tokens) + ", output " +
                             std::to_string(row.price.max_output_tokens) + ", choices " +
                             std::to_string(row.choices);
    EXPECT_EQ(worst_usage(flat_price(row.price), row.choices).has_value(), row.usage_known) << what;
    const auto cost = worst_cost(flat_price(row.price), row.choices);
    ASSERT_EQ(cost.has_value(), row.cost != nullptr) << what;
    if (cost) {
      EXPECT_EQ(cost->text(), row.cost) << what;
    } else {
      EXPECT_EQ(cost.error().code, ErrorCode::invalid) << what;
    }
  }
}

}  // namespace
}  // namespace ringfence
