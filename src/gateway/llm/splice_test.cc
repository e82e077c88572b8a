// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/splice.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

TEST(Splice, AppliesEditsByPlaceWhateverTheirOrder) {
  Splice splice;
  splice.replace({6, 9}, "N");
  splice.insert(1, "<");
  splice.replace({3, 4}, "");
  splice.insert(1, ">");
  EXPECT_EQ(splice.apply("0123456789"), "0<>1245N9");
}

TEST(Splice, WithoutEditsCopies) { EXPECT_EQ(Splice().apply("abc"), "abc"); }

TEST(Splice, EditsAtBothEnds) {
  Splice splice;
  splice.insert(0, "[");
  splice.insert(3, "]");
  EXPECT_EQ(splice.apply("abc"), "[abc]");
}

TEST(SpliceDeathTest, OverlapIsADefect) {
  Splice splice;
  splice.replace({0, 2}, "x");
  splice.replace({1, 3}, "y");
  EXPECT_DEATH(splice.apply("abc"), "overlap");
}

}  // namespace
}  // namespace ringfence::llm
