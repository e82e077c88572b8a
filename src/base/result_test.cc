// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <set>

#include "base/ensure.h"

namespace ringfence {
namespace {

TEST(Result, CarriesAValueOrAnError) {
  const Result<int> good = 7;
  EXPECT_EQ(good.value(), 7);
  const Result<int> bad = invalid("expected a number", "need.usd");
  EXPECT_EQ(bad.error().code, ErrorCode::invalid);
  EXPECT_EQ(bad.error().text(), "need.usd: expected a number");
  const Result<void> gone = fail(ErrorCode::closed, "the peer went away");
  EXPECT_EQ(gone.error().text(), "the peer went away");
}

TEST(ErrorCode, EachHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    names.insert(to_string(static_cast<ErrorCode>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
  EXPECT_EQ(to_string(ErrorCode::too_large), "too_large");
  EXPECT_EQ(to_string(ErrorCode::unverifiable), "unverifiable");
}

TEST(EnsureDeath, EndsTheProcessWithItsSentence) {
  RF_ENSURE(1 + 1 == 2, "arithmetic holds");
  EXPECT_DEATH(RF_ENSURE(1 + 1 == 3, "arithmetic holds"),
               "broken invariant at .*result_test.cc:[0-9]+: arithmetic holds \\(1 \\+ 1 == 3\\)");
}

}  // namespace
}  // namespace ringfence
