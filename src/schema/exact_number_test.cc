// SPDX-License-Identifier: Apache-2.0
#include "schema/exact_number.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

ExactNumber n(std::string_view text) { return ExactNumber::parse(text).value(); }

TEST(ExactNumber, SpellingsOfOneValue) {
  EXPECT_EQ(n("1"), n("1.0"));
  EXPECT_EQ(n("1e2"), n("100"));
  EXPECT_EQ(n("0.001"), n("1E-3"));
  EXPECT_EQ(n("-0"), n("0.000e99999999999999999999"));
  EXPECT_EQ(n("1200").canonical(), "12e2");
  EXPECT_NE(n("9007199254740993"), n("9007199254740992"));  // one binary float
}

TEST(ExactNumber, RefusesWhatIsNoJsonNumber) {
  for (const std::string_view text :
       {"", "-", "01", "+1", ".5", "5.", "1e", "1e+", "0x10", "1 ", "NaN", "Infinity", "1e1000001",
        "1e99999999999999999999", "11111111111111111111111111111111111111111"}) {
    EXPECT_FALSE(ExactNumber::parse(text)) << text;
  }
}

TEST(ExactNumber, Order) {
  const std::string_view ascending[] = {"-1e1000000", "-10",  "-9.5", "-9",      "-1e-1000000",
                                        "0",          "1e-9", "0.1",  "0.10001", "1",
                                        "2",          "12",   "120",  "121",     "1e1000000"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(n(ascending[i]) <=> n(ascending[j]), i <=> j)
          << ascending[i] << ' ' << ascending[j];
    }
  }
}

TEST(ExactNumber, Multiples) {
  EXPECT_TRUE(n("0.3").multiple_of(n("0.1")));
  EXPECT_TRUE(n("19.99").multiple_of(n("0.01")));
  EXPECT_FALSE(n("19.999").multiple_of(n("0.01")));
  EXPECT_TRUE(n("0").multiple_of(n("7")));
  EXPECT_TRUE(n("-21").multiple_of(n("7")));
  EXPECT_FALSE(n("1e21").multiple_of(n("3")));
  EXPECT_TRUE(n("3e999999").multiple_of(n("1.5")));
  EXPECT_FALSE(n("1e999999").multiple_of(n("7")));
  EXPECT_TRUE(n("1e1000000").multiple_of(n("1e-1000000")));
  EXPECT_FALSE(n("5").multiple_of(n("10")));
  EXPECT_TRUE(n("50").multiple_of(n("10")));
  EXPECT_FALSE(n("0").can_divide());
  EXPECT_FALSE(n("-1").can_divide());
  EXPECT_FALSE(n("1234567890123456789").can_divide());
}

TEST(ExactNumber, IntegersAndCounts) {
  EXPECT_TRUE(n("1.0").is_integer());
  EXPECT_TRUE(n("10e-1").is_integer());
  EXPECT_FALSE(n("1.5").is_integer());
  EXPECT_EQ(n("2.0").count(), 2);
  EXPECT_EQ(n("0").count(), 0);
  EXPECT_EQ(n("1e14").count(), 100'000'000'000'000);
  for (const std::string_view text : {"-1", "1.5", "1e15", "1e1000000"}) {
    EXPECT_FALSE(n(text).count()) << text;
  }
}

}  // namespace
}  // namespace ringfence
