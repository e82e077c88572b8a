// SPDX-License-Identifier: Apache-2.0
#include "ledger/rolling.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

Time at_seconds(std::int64_t n) { return Time{n * 1'000'000}; }

// A minute: buckets of a second, of which 61 count.
struct Minute : ::testing::Test {
  RollingSum sum{Duration::seconds(60)};
};

TEST_F(Minute, ABucketLeavesAsAWhole) {
  sum.add(5, at_seconds(0));
  sum.add(7, Time{999'999});
  sum.add(3, at_seconds(10));
  EXPECT_EQ(sum.total(), 15);
  sum.advance(Time{60'999'999});
  EXPECT_EQ(sum.total(), 15);
  sum.advance(at_seconds(61));
  EXPECT_EQ(sum.total(), 3);
  sum.advance(Time{70'999'999});
  EXPECT_EQ(sum.total(), 3);
  sum.advance(at_seconds(71));
  EXPECT_EQ(sum.total(), 0);
  sum.advance(at_seconds(10'000));
  EXPECT_EQ(sum.total(), 0);
}

TEST_F(Minute, WhatIsAddedLaterMovesTheWindow) {
  sum.add(5, at_seconds(0));
  sum.add(1, at_seconds(100));
  EXPECT_EQ(sum.total(), 1);
}

TEST_F(Minute, WhatHasLeftTheWindowIsNotAddedTo) {
  sum.add(9, at_seconds(61));
  sum.add(-2, at_seconds(0));
  EXPECT_EQ(sum.total(), 9);
  sum.add(-2, at_seconds(1));
  EXPECT_EQ(sum.total(), 7);
  sum.advance(at_seconds(62));
  EXPECT_EQ(sum.total(), 9);
}

TEST_F(Minute, ItSaysWhenItHasAgedEnough) {
  sum.add(12, at_seconds(0));
  sum.add(3, at_seconds(10));
  const Time now = at_seconds(10);
  EXPECT_EQ(sum.when_at_most(16, now), now);
  EXPECT_EQ(sum.when_at_most(15, now), now);
  EXPECT_EQ(sum.when_at_most(14, now), at_seconds(61));
  EXPECT_EQ(sum.when_at_most(3, now), at_seconds(61));
  EXPECT_EQ(sum.when_at_most(2, now), at_seconds(71));
  EXPECT_EQ(sum.when_at_most(0, now), at_seconds(71));
  EXPECT_EQ(sum.when_at_most(-1, now), Time::max());
  EXPECT_EQ(sum.when_at_most(14, at_seconds(65)), at_seconds(65));
  sum.advance(at_seconds(65));
  EXPECT_EQ(sum.when_at_most(0, at_seconds(65)), at_seconds(71));
}

}  // namespace
}  // namespace ringfence
