// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace ringfence::bench {
namespace {

TEST(Histogram, EmptyIsZero) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.percentile_ns(0.5), 0);
  EXPECT_EQ(none.max_ns(), 0);
}

TEST(Histogram, SmallDurationsAreExact) {
  Histogram histogram;
  for (std::int64_t ns = 1; ns <= 100; ++ns) histogram.add(ns);
  EXPECT_EQ(histogram.percentile_ns(0.50), 50);
  EXPECT_EQ(histogram.percentile_ns(0.99), 99);
  EXPECT_EQ(histogram.percentile_ns(1), 100);
}

// Beside the sorted list: never below the truth, and above it by less than 1/64.
TEST(Histogram, PercentilesAgreeWithTheSortedList) {
  std::mt19937_64 random{7};
  std::lognormal_distribution<double> draw{12, 3};
  std::vector<std::int64_t> all;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(
        std::min<std::int64_t>(static_cast<std::int64_t>(draw(random)), 1'000'000'000'000));
    histogram.add(all.back());
  }
  std::ranges::sort(all);
  EXPECT_EQ(histogram.max_ns(), all.back());
  for (const double part : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double rank = std::ceil(part * static_cast<double>(all.size()));
    const std::int64_t truth = all[static_cast<std::size_t>(rank) - 1];
    EXPECT_GE(histogram.percentile_ns(part), truth) << part;
    EXPECT_LE(histogram.percentile_ns(part), truth + truth / 64 + 1) << part;
  }
}

TEST(Histogram, MergedIsAsAddedTogether) {
  Histogram one;
  Histogram other;
  Histogram both;
  for (std::int64_t ns = 1; ns < 1'000'000; ns = ns * 3 / 2 + 1) {
    (ns % 2 == 0 ? one : other).add(ns);
    both.add(ns);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max_ns(), both.max_ns());
  for (const double part : {0.1, 0.5, 0.9}) {
    EXPECT_EQ(one.percentile_ns(part), both.percentile_ns(part));
  }
}

TEST(Histogram, OddDurationsAreClamped) {
  Histogram histogram;
  histogram.add(-5);
  EXPECT_EQ(histogram.max_ns(), 0);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.max_ns(), 3'600'000'000'000);
  EXPECT_EQ(histogram.percentile_ns(1), 3'600'000'000'000);
}

}  // namespace
}  // namespace ringfence::bench
