// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringfence {
namespace {

constexpr MetricName kCalls_{"calls_total", "Calls.", 0};

TEST(Metrics, OneSeriesPerLabelsAndItsReferenceStays) {
  Metrics metrics;
  Counter& first = metrics.counter(kCalls_, {{"kind", "a"}});
  for (int i = 0; i < 100; ++i) metrics.counter(kCalls_, {{"kind", std::to_string(i)}});
  EXPECT_EQ(&metrics.counter(kCalls_, {{"kind", "a"}}), &first);
  first.add();
  first.add(2);
  const auto read = metrics.read();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].samples.size(), 101U);
  EXPECT_EQ(read[0].samples.back().labels, (MetricLabels{{"kind", "a"}}));
  EXPECT_EQ(read[0].samples.back().value, 3);
}

TEST(Metrics, BeyondTheBoundSeriesAreCountedTogether) {
  Metrics metrics;
  for (std::size_t i = 0; i < kSeriesMax + 10; ++i) {
    metrics.counter(kCalls_, {{"kind", "n" + std::to_string(i)}}).add();
  }
  const auto read = metrics.read();
  EXPECT_EQ(read[0].samples.size(), kSeriesMax + 1);
  EXPECT_EQ(read[0].samples.back().labels, (MetricLabels{{"kind", "other"}}));
  EXPECT_EQ(read[0].samples.back().value, 10);
}

TEST(Metrics, AHistogramCountsUpToAndWithItsBounds) {
  Metrics metrics;
  constexpr std::array<std::int64_t, 2> kBounds = {10, 20};
  Histogram& sizes = metrics.histogram({"sizes", "Sizes.", 0}, kBounds);
  for (const std::int64_t value : {0, 10, 11, 20, 21, 1000}) sizes.observe(value);
  const MetricSample sample = metrics.read()[0].samples[0];
  using Buckets = std::vector<std::pair<std::int64_t, std::uint64_t>>;
  EXPECT_EQ(sample.buckets, (Buckets{{10, 2}, {20, 4}}));
  EXPECT_EQ(sample.count, 6U);
  EXPECT_EQ(sample.value, 1062);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
  Metrics metrics;
  constexpr int kEach = 20'000;
  const auto work = [&metrics](const char* kind) {
    for (int i = 0; i < kEach; ++i) {
      metrics.counter(kCalls_, {{"kind", kind}}).add();
      metrics.counter(kCalls_, {{"kind", "both"}}).add();
    }
  };
  std::thread one(work, "one");  // tidy:allow(threads) counting from two threads is the test
  std::thread two(work, "two");  // tidy:allow(threads) the other one
  one.join();
  two.join();
  EXPECT_EQ(metrics.counter(kCalls_, {{"kind", "both"}}).value(), 2U * kEach);
}

}  // namespace
}  // namespace ringfence
