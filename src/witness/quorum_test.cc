// SPDX-License-Identifier: Apache-2.0
#include "witness/quorum.h"

#include <gtest/gtest.h>

namespace ringfence::witness {
namespace {

Duration at(std::int64_t seconds) { return Duration::seconds(seconds); }

TEST(QuorumTest, CoversWhatItsLastWitnessHas) {
  Quorum quorum(at(60));
  struct Row {
    std::vector<std::uint64_t> cosigned;
    std::int64_t needed;
    std::uint64_t covered;
  };
  const Row rows[] = {
      {{}, 0, 0},        {{7}, 0, 0},       {{7}, 1, 7},       {{3, 9, 5}, 1, 9},
      {{3, 9, 5}, 2, 5}, {{3, 9, 5}, 3, 3}, {{9, 0, 9}, 3, 0}, {{9, 9}, 3, 0},  // one is missing
      {{}, 1, 0},
  };
  for (const Row& row : rows) {
    quorum.look(row.cosigned, row.needed, 9, at(0));
    EXPECT_EQ(quorum.covered(), row.covered) << row.needed;
  }
}

TEST(QuorumTest, IsLateWhenOneThingIsNotCoveredForLong) {
  Quorum quorum(at(60));
  EXPECT_FALSE(quorum.look({5}, 1, 5, at(0)));
  EXPECT_FALSE(quorum.look({5}, 1, 6, at(10)));
  EXPECT_FALSE(quorum.look({5}, 1, 90, at(69)));  // more does not begin the time anew
  EXPECT_TRUE(quorum.look({5}, 1, 91, at(70)));
  EXPECT_TRUE(quorum.late());
  EXPECT_FALSE(quorum.look({5}, 1, 92, at(700)));
  EXPECT_TRUE(quorum.look({6}, 1, 92, at(701)));  // what was awaited is there
  EXPECT_FALSE(quorum.late());
  EXPECT_FALSE(quorum.look({6}, 1, 92, at(760)));
  EXPECT_TRUE(quorum.look({6}, 1, 92, at(761)));
  EXPECT_TRUE(quorum.look({6}, 0, 92, at(762)));  // nobody asks for it any more
  EXPECT_FALSE(quorum.late());
}

TEST(QuorumTest, IsLateWithoutWitnesses) {
  Quorum quorum(at(60));
  EXPECT_FALSE(quorum.look({}, 1, 0, at(0)));
  EXPECT_FALSE(quorum.look({}, 1, 0, at(100)));  // nothing is signed yet
  EXPECT_FALSE(quorum.look({}, 1, 4, at(101)));
  EXPECT_TRUE(quorum.look({}, 1, 4, at(161)));
}

}  // namespace
}  // namespace ringfence::witness
