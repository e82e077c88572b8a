// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "base/unit.h"

namespace ringfence {
namespace {

// What must not mix must not compile.
template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };
template <class A, class B>
concept EqualTo = requires(A a, B b) { a == b; };
template <class A, class B>
concept CheckedAddable = requires(A a, B b) { checked_add(a, b); };

static_assert(!std::is_convertible_v<int, Money>);
static_assert(!std::is_convertible_v<std::int64_t, Money>);
static_assert(!std::is_convertible_v<double, Money>);
static_assert(!std::is_convertible_v<Money, std::int64_t>);
static_assert(!std::is_convertible_v<Money, bool>);
static_assert(!std::is_constructible_v<Money, std::int64_t>);
static_assert(!std::is_constructible_v<Money, double>);
static_assert(!std::is_constructible_v<std::int64_t, Money>);
static_assert(!std::is_convertible_v<Amounts, Money>);
static_assert(!std::is_convertible_v<Money, Amounts>);
static_assert(!std::is_assignable_v<Money&, std::int64_t>);
static_assert(!Addable<Money, Money>);  // only through checked_add
static_assert(!Addable<Money, std::int64_t>);
static_assert(!Comparable<Money, std::int64_t> && !EqualTo<Money, std::int64_t>);
static_assert(!CheckedAddable<Money, std::int64_t> && !CheckedAddable<std::int64_t, Money>);
static_assert(CheckedAddable<Money, Money> && Comparable<Money, Money> && EqualTo<Money, Money>);
static_assert(!std::is_convertible_v<int, Unit> && !Comparable<Unit, Unit>);

TEST(Money, IsExact) {
  const auto cost = Money::parse("0.0030");
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->nano(), 3'000'000);
  EXPECT_EQ(cost->text(), "0.003");
  EXPECT_FALSE(Money::parse("0.0000000001").has_value());
}

TEST(Money, TenThousandSubCentCostsMakeOneDollar) {  // B6
  const Money each = Money::parse("0.0001").value();
  Money sum;
  for (int i = 0; i < 10'000; ++i) sum = checked_add(sum, each).value();
  EXPECT_EQ(sum, Money::parse("1.0000").value());
  EXPECT_EQ(sum.text(), "1.00");
}

TEST(Money, SumsFitOrSaySo) {
  const Money most = Money::parse("9223372036.854775807").value();
  const Money least = Money::parse("-9223372036.854775808").value();
  EXPECT_EQ(checked_add(most, Money::from_nano(1)), std::nullopt);
  EXPECT_EQ(checked_add(least, Money::from_nano(-1)), std::nullopt);
  EXPECT_EQ(checked_add(most, least), Money::from_nano(-1));
  EXPECT_LT(least, most);
  EXPECT_FALSE(Money::parse("9223372036.854775808").has_value());
}

TEST(Checked, Arithmetic) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  static_assert(checked_add(kMax, 0) == kMax);
  static_assert(!checked_add(kMax, 1) && !checked_add(kMin, -1));
  static_assert(checked_mul(kMax, -1) == -kMax && !checked_mul(kMin, -1) && !checked_mul(kMax, 2));
  static_assert(saturating_add(kMax, 1) == kMax && saturating_add(kMin, -1) == kMin);
  static_assert(saturating_add(kMax, kMin) == -1 && saturating_add(1, 2) == 3);
  static_assert(saturating_mul(kMax, 2) == kMax && saturating_mul(kMin, 2) == kMin);
  static_assert(saturating_mul(kMin, -1) == kMax && saturating_mul(-3, 2) == -6);
  static_assert(narrow(__int128{kMax}) == kMax && !narrow(__int128{kMax} + 1));
  static_assert(narrow(__int128{kMin}) == kMin && !narrow(__int128{kMin} - 1));
}

}  // namespace
}  // namespace ringfence
