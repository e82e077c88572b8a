// SPDX-License-Identifier: Apache-2.0
#include "base/packed.h"

#include <gtest/gtest.h>

#include <limits>
#include <unordered_map>

namespace ringfence {
namespace {

enum class Colour : std::uint8_t { red, green };
constexpr std::size_t count_of(Colour) { return 2; }

struct Thing {
  std::string name;
  std::vector<std::pair<std::string, std::int64_t>> parts;
  std::optional<Duration> span;
  Colour colour = Colour::red;
  bool flag = false;
};
template <class Packed>
void fields(Packed& packed, MaybeConst<Thing> auto& thing) {
  auto& [name, parts, span, colour, flag] = thing;
  packed(name, parts, span, colour, flag);
}

template <class T>
std::string packed(const T& value) {
  std::string bytes;
  PackedWriter out(bytes);
  out(value);
  return bytes;
}

template <class T>
std::optional<T> read(std::string_view bytes) {
  PackedReader in(bytes);
  T value{};
  in(value);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return value;
}

template <class T>
class Numbers : public ::testing::Test {};
using NumberTypes = ::testing::Types<std::uint8_t, std::uint32_t, std::uint64_t, std::int64_t, int>;
TYPED_TEST_SUITE(Numbers, NumberTypes);

TYPED_TEST(Numbers, ComeBackFromEveryPlaceOfTheirRange) {
  using Limits = std::numeric_limits<TypeParam>;
  for (const TypeParam n : {TypeParam{0}, TypeParam{1}, TypeParam{127}, Limits::min(),
                            Limits::max(), static_cast<TypeParam>(Limits::max() / 2)}) {
    EXPECT_EQ(read<TypeParam>(packed(n)), n);
  }
}

TEST(Packed, LittleNumbersTakeFewBytes) {
  EXPECT_EQ(packed(std::uint64_t{127}).size(), 1U);
  EXPECT_EQ(packed(std::uint64_t{128}), "\x80\x01");
  EXPECT_EQ(packed(std::int64_t{-1}), "\x01");
  EXPECT_EQ(packed(std::int64_t{1}), "\x02");
  EXPECT_EQ(packed(std::numeric_limits<std::uint64_t>::max()).size(), kPackedNumberMax);
}

TEST(Packed, StructsComeBackMemberByMember) {
  const Thing thing{"a name", {{"x", -5}, {"", 9}}, Duration::seconds(3), Colour::green, true};
  const auto found = read<Thing>(packed(thing));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, thing.name);
  EXPECT_EQ(found->parts, thing.parts);
  EXPECT_EQ(found->span, thing.span);
  EXPECT_EQ(found->colour, thing.colour);
  EXPECT_EQ(found->flag, thing.flag);
}

TEST(Packed, AmountsAndWindowsComeBack) {
  Amounts amounts;
  amounts.set(kUsd, -7);
  amounts.set(kConcurrent, 0);
  EXPECT_EQ(read<Amounts>(packed(amounts)), amounts);
  for (const Window window :
       {Window{WindowKind::month, {}}, Window{WindowKind::rolling, Duration::minutes(5)}}) {
    EXPECT_EQ(read<Window>(packed(window)), window);
  }
}

TEST(Packed, OneContentHasOneForm) {
  std::unordered_map<std::string, int> map{{"b", 2}, {"a", 1}, {"c", 3}};
  std::string keys;
  for (const auto* entry : by_key(map)) keys += entry->first;
  EXPECT_EQ(keys, "abc");
}

TEST(Packed, EveryOtherFormIsRefused) {
  using namespace std::string_literals;
  EXPECT_FALSE(read<std::uint64_t>("\x80\x00"s)) << "a longer zero";
  EXPECT_FALSE(read<std::uint64_t>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s)) << "65 bits";
  EXPECT_TRUE(read<std::uint64_t>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s));
  EXPECT_FALSE(read<std::uint64_t>(std::string(11, '\x80') + '\x01')) << "too long";
  EXPECT_FALSE(read<std::uint8_t>("\x80\x02"s)) << "256";
  EXPECT_FALSE(read<bool>("\x02"s));
  EXPECT_FALSE(read<Colour>("\x02"s));
  EXPECT_FALSE(read<Amounts>("\x80\x80\x04\x00"s)) << "the seventeenth unit";
  EXPECT_FALSE(read<Window>(packed(WindowKind::rolling) + packed(Duration{1}))) << "a span of 1 µs";
}

TEST(Packed, UnitsAreThoseThatThereAre) {
  Amounts amounts;
  amounts.set(Unit{8}, 1);
  const std::string bytes = packed(amounts);
  for (const std::size_t units : {8, 9}) {
    PackedReader in(bytes);
    in.limit_units(units);
    Amounts found;
    in(found);
    EXPECT_EQ(in.ok(), units == 9);
    PackedReader outer("");
    outer.limit_units(units);
    PackedReader part = outer.part(bytes);
    part(found);
    EXPECT_EQ(part.ok(), units == 9);
    PackedReader one("\x08");
    one.limit_units(units);
    Unit unit;
    one(unit);
    EXPECT_EQ(one.ok(), units == 9);
  }
}

TEST(Packed, NoLengthIsBelieved) {
  std::string bytes;
  pack_natural(&(bytes = std::string(kPackedNumberMax, '\0'))[0], std::uint64_t{1} << 60);
  EXPECT_FALSE(read<std::string>(bytes));
  EXPECT_FALSE(read<std::vector<std::string>>(bytes));
}

TEST(Packed, EveryPartOfAWholeIsRefused) {
  const std::string whole = packed(Thing{"name", {{"x", 300}}, Duration{1}, Colour::green, true});
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_FALSE(read<Thing>(whole.substr(0, i))) << i;
}

TEST(Packed, AfterTheFirstProblemThereIsNothingToRead) {
  PackedReader in("\x05\x05\x05");
  EXPECT_TRUE(in.require(true, "well"));
  EXPECT_FALSE(in.require(false, "first"));
  EXPECT_FALSE(in.require(false, "second"));
  EXPECT_EQ(in.problem(), "first");
  EXPECT_EQ(in.natural(), 0U);
  EXPECT_EQ(in.count(), 0U);
  EXPECT_TRUE(in.at_end());
}

}  // namespace
}  // namespace ringfence
