// SPDX-License-Identifier: Apache-2.0
// Decimal text is exact both ways; the other text forms of bytes have one spelling each.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/money.h"

namespace ringfence {
namespace {

// Also the ends of the range and what lies beside them.
rc::Gen<std::int64_t> any_value() {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  return rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(),
                        rc::gen::element(kMin, kMin + 1, std::int64_t{0}, kMax),
                        rc::gen::map(rc::gen::inRange<std::int64_t>(0, 1'000),
                                     [](std::int64_t n) { return kMax - n; }),
                        rc::gen::inRange<std::int64_t>(kMin, kMax));
}

TEST(DecimalProperty, TextRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const std::int64_t value = *any_value();
    const int scale = *rc::gen::inRange(0, 13);
    const int min_places = *rc::gen::inRange(0, 5);
    const std::string text = format_decimal(value, scale, min_places);
    RC_ASSERT(parse_decimal(text, scale).value() == value);
    // Another zero or more in front or behind does not change the value.
    if (scale > 0 && text.find('.') != std::string::npos) {
      RC_ASSERT(parse_decimal(text + "0", scale).value() == value);
    }
  }));
}

TEST(DecimalProperty, AgreesWithLongDivision) {
  EXPECT_TRUE(rc::check([] {
    const auto whole = *rc::gen::inRange<std::int64_t>(0, 9'000'000'000);
    const auto fraction = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
    std::string digits = std::to_string(fraction);
    digits.insert(0, 9 - digits.size(), '0');
    const std::string text = std::to_string(whole) + "." + digits;
    RC_ASSERT(Money::parse(text).value().nano() == whole * 1'000'000'000 + fraction);
    RC_ASSERT(Money::parse("-" + text).value().nano() == -(whole * 1'000'000'000 + fraction));
  }));
}

TEST(DecimalProperty, AnyTextIsRefusedOrOneValue) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123459.-+e ")));
    const auto value = parse_decimal(text, 9);
    if (value) RC_ASSERT(parse_decimal(format_decimal(*value, 9), 9).value() == *value);
  }));
}

TEST(MoneyProperty, SumsDoNotDependOnOrder) {
  EXPECT_TRUE(rc::check([] {
    const Money a = Money::from_nano(*any_value());
    const Money b = Money::from_nano(*any_value());
    const auto sum = checked_add(a, b);
    RC_ASSERT(sum == checked_add(b, a));
    if (sum) RC_ASSERT(checked_add(*sum, Money::from_nano(0)) == sum);
    const __int128 exact = static_cast<__int128>(a.nano()) + b.nano();
    RC_ASSERT(sum.has_value() == narrow(exact).has_value());
    if (sum) RC_ASSERT(sum->nano() == exact);
  }));
}

TEST(BytesProperty, Base64UrlIsCanonical) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(from_base64url(to_base64url(bytes)).value() == bytes);
  }));
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwZm9v-_09=+/ ")));
    const auto bytes = from_base64url(text);
    if (bytes) RC_ASSERT(to_base64url(*bytes) == text);
  }));
}

}  // namespace
}  // namespace ringfence
