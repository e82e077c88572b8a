// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/history.h"

#include <gtest/gtest.h>

#include <set>

namespace ringfence::sim {
namespace {

// What a failing seed is worth depends on it.
TEST(SimHistory, OneSeedIsOneHistory) {
  std::set<Digest> heads;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::set<Digest> of_this_seed;
    for (int life = 0; life < 2; ++life) {
      History history(seed);
      EXPECT_EQ(history.run(), "");
      EXPECT_GT(history.events(), 10U);
      of_this_seed.insert(history.head());
    }
    EXPECT_EQ(of_this_seed.size(), 1U) << seed;
    heads.merge(of_this_seed);
  }
  EXPECT_EQ(heads.size(), 5U);
}

}  // namespace
}  // namespace ringfence::sim
