// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Amounts amounts(Unit unit, std::int64_t amount) {
  Amounts amounts;
  amounts.set(unit, amount);
  return amounts;
}

// Accounts / and a; what is opened here is numbered from 1.
struct LedgerTest : ::testing::Test {
  LedgerTest() { ledger.accounts.open("a"); }

  Wall& add(std::string_view name, Unit unit = kCalls, WindowKind kind = WindowKind::day) {
    Window window{kind, {}};
    if (kind == WindowKind::rolling) window.span = Duration::seconds(60);
    return ledger.add_wall({name, "a", unit, window});
  }
  Meter& meter_of(const Wall& wall, Time end = Time::max()) {
    return ledger.open_meter(MeterId{ledger.next_meter_number()}, wall.id, Span{Time{0}, end});
  }
  Hold& hold(std::int64_t need, std::vector<Touch> touches, Time deadline = Time{100}) {
    return ledger.open(HoldId{++last_hold}, kA, amounts(kCalls, need), touches, Time{1}, deadline);
  }
  std::vector<std::string_view> walls() {
    std::vector<std::string_view> names;
    ledger.for_each_wall([&](Wall& wall) { names.push_back(wall.name); });
    return names;
  }
  std::vector<std::uint64_t> meters() const {
    std::vector<std::uint64_t> numbers;
    ledger.for_each_meter([&](const Meter& meter) { numbers.push_back(meter.id.number); });
    return numbers;
  }

  static constexpr AccountId kA{1};
  Ledger ledger;
  const Ledger& seen = ledger;
  std::uint64_t last_hold = 0;
};

// ---- walls

TEST_F(LedgerTest, AWallIsFoundByAllOfItsKey) {
  const WallKey key{"calls", "a", kCalls, {WindowKind::rolling, Duration::seconds(60)}};
  {
    std::string name(key.name);
    std::string subject(key.subject);
    ledger.add_wall({name, subject, key.unit, key.window});
    name.assign(name.size(), '?');  // what was given need not last
    subject.assign(subject.size(), '?');
  }
  ASSERT_NE(ledger.find_wall(key), nullptr);
  EXPECT_EQ(ledger.find_wall(key)->text(), key.text());
  EXPECT_EQ(ledger.find_wall({"call", "a", key.unit, key.window}), nullptr);
  EXPECT_EQ(ledger.find_wall({"calls", "/", key.unit, key.window}), nullptr);
  EXPECT_EQ(ledger.find_wall({"calls", "a", kTokens, key.window}), nullptr);
  EXPECT_EQ(ledger.find_wall({"calls", "a", key.unit, {WindowKind::day, {}}}), nullptr);
  EXPECT_EQ(ledger.find_wall({"calls", "a", key.unit, {WindowKind::rolling, {}}}), nullptr);
}

TEST_F(LedgerTest, ASubjectNeedNotBeAnAccount) {
  std::string subject = "tool=mail";
  const Wall& wall = ledger.add_wall({"mails", subject, kCalls, {WindowKind::day, {}}});
  subject.assign(subject.size(), '?');
  EXPECT_EQ(wall.subject, "tool=mail");
}

TEST_F(LedgerTest, ManyWallsAreToldApart) {
  constexpr int kMany = 2'048;
  for (int i = 0; i < kMany; ++i) add("wall-" + std::to_string(i));
  EXPECT_EQ(walls().size(), std::size_t{kMany});
  for (int i = 0; i < kMany; ++i) {
    const std::string name = "wall-" + std::to_string(i);
    const Wall* found = ledger.find_wall({name, "a", kCalls, {WindowKind::day, {}}});
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(found->name, name);
  }
}

TEST_F(LedgerTest, ADroppedWallLeavesItsPlaceAndNothingElse) {
  Wall& first = add("first");
  const WallId place = first.id;
  add("second");
  first.cap = 9;
  const MeterId older = meter_of(first).id;
  hold(1, {{older, 1}});
  const MeterId idle = meter_of(first).id;
  EXPECT_THAT(seen.older_meters(place), ElementsAre(older));

  ledger.drop_wall(place);
  EXPECT_EQ(ledger.find_wall({"first", "a", kCalls, {WindowKind::day, {}}}), nullptr);
  EXPECT_THAT(walls(), ElementsAre("second"));
  EXPECT_EQ(seen.meter(idle), nullptr);
  ASSERT_NE(seen.meter(older), nullptr) << "an open hold touches it";
  EXPECT_EQ(seen.meter(older)->wall, kNoWall);

  const Wall& third = add("third");
  EXPECT_EQ(third.id, place);
  EXPECT_EQ(third.cap, 0);
  EXPECT_EQ(third.current.number, 0U);
  EXPECT_THAT(seen.older_meters(place), IsEmpty());
  EXPECT_THAT(walls(), ElementsAre("third", "second"));
  EXPECT_EQ(add("fourth").id, WallId{2});
}

TEST_F(LedgerTest, AMeterOfADroppedWallGoesWithItsLastHold) {
  Wall& wall = add("wall");
  const MeterId id = meter_of(wall).id;
  Hold& first = hold(1, {{id, 1}});
  Hold& second = hold(1, {{id, 1}});
  ledger.drop_wall(wall.id);
  ledger.resolve(first, {}, Time{2});
  EXPECT_NE(seen.meter(id), nullptr);
  ledger.resolve(second, amounts(kCalls, 1), Time{2});
  EXPECT_EQ(seen.meter(id), nullptr);
}

// ---- meters

TEST_F(LedgerTest, AMeterIsAWallsCurrentOneUntilItsWindowEnds) {
  Wall& wall = add("wall");
  EXPECT_EQ(ledger.current(wall, Time{0}), nullptr);
  Meter& meter = meter_of(wall, Time{50});
  EXPECT_EQ(meter.id, MeterId{1});
  EXPECT_EQ(meter.wall, wall.id);
  EXPECT_EQ(meter.span, (Span{Time{0}, Time{50}}));
  EXPECT_EQ(meter.rolling(), nullptr);
  EXPECT_EQ(ledger.current(wall, Time{49}), &meter);
  EXPECT_EQ(ledger.current(wall, Time{50}), nullptr);
  EXPECT_EQ(seen.meter(MeterId{1}), &meter);
  EXPECT_EQ(ledger.meter(MeterId{0}), nullptr);
  EXPECT_EQ(ledger.meter(MeterId{2}), nullptr);
  EXPECT_EQ(seen.meter(MeterId{2}), nullptr);
  EXPECT_EQ(seen.next_meter_number(), 2U);
}

TEST_F(LedgerTest, ARollingWallsMeterAges) {
  Wall& wall = add("wall", kCalls, WindowKind::rolling);
  Meter& meter = meter_of(wall);
  ASSERT_NE(meter.rolling(), nullptr);
  meter.settle(5, Time{0});
  EXPECT_EQ(ledger.current(wall, Time{0})->settled(), 5);
  EXPECT_EQ(ledger.current(wall, Time{0} + Duration::seconds(61))->settled(), 0);
}

TEST_F(LedgerTest, AnIdleMeterGoesWhenTheNextOneComes) {
  Wall& wall = add("wall");
  Meter& first = meter_of(wall);
  first.held = first.counted = first.live = 3;
  EXPECT_EQ(seen.meter_count(), 1U);
  meter_of(wall);
  EXPECT_EQ(seen.meter(MeterId{1}), nullptr);
  EXPECT_EQ(seen.meter_count(), 1U);
  EXPECT_THAT(meters(), ElementsAre(2));
  EXPECT_EQ(wall.current, MeterId{2});
  EXPECT_THAT(seen.older_meters(wall.id), IsEmpty());
  const Meter& third = meter_of(wall);
  EXPECT_EQ(&third, &first) << "a place is given on, cleanly";
  EXPECT_EQ(third.held, 0);
  EXPECT_EQ(third.settled(), 0);
  EXPECT_EQ(third.live, 0);
}

TEST_F(LedgerTest, AMeterThatAHoldTouchesStaysAsLong) {
  Wall& wall = add("wall");
  Hold& first = hold(1, {{meter_of(wall).id, 1}});
  Hold& second = hold(1, {{meter_of(wall).id, 1}});
  meter_of(wall);
  EXPECT_THAT(seen.older_meters(wall.id), ElementsAre(MeterId{1}, MeterId{2}));
  EXPECT_THAT(meters(), ElementsAre(1, 2, 3));
  ledger.resolve(first, amounts(kCalls, 1), Time{2});
  EXPECT_THAT(seen.older_meters(wall.id), ElementsAre(MeterId{2}));
  EXPECT_THAT(meters(), ElementsAre(2, 3));
  ledger.resolve(second, {}, Time{2});
  EXPECT_THAT(seen.older_meters(wall.id), IsEmpty());
  ledger.resolve(first, {}, Time{3});  // a correction of what nobody reads
  EXPECT_THAT(meters(), ElementsAre(3));
}

TEST_F(LedgerTest, ALevelIsTheWallsAndTheMeters) {
  Wall& wall = add("wall");
  wall.cap = 10;
  wall.floor = 2;
  const Level none = seen.level(wall, nullptr);
  EXPECT_EQ(none.cap, 10);
  EXPECT_EQ(none.floor, 2);
  EXPECT_EQ(none.free(), 10);
  Meter& meter = meter_of(wall);
  meter.counted = 3;
  meter.held = 4;
  Level level = seen.level(wall, &meter);
  EXPECT_EQ(level.cap, 10);
  EXPECT_EQ(level.final(), 7);
  EXPECT_EQ(level.free(), 3);
  meter.rare().raised_cap = 12;
  EXPECT_EQ(seen.level(wall, &meter).cap, 12);
  meter.rare().raised_cap = 8;  // the policy has more by now
  EXPECT_EQ(seen.level(wall, &meter).cap, 10);
}

// ---- holds

TEST_F(LedgerTest, AHoldHoldsUntilItIsResolved) {
  const Wall& calls = add("calls");
  const Wall& open = add("open", kConcurrent, WindowKind::none);
  Meter& counted = meter_of(calls);
  Meter& concurrent = meter_of(open);
  Hold& first = hold(5, {{counted.id, 5}, {concurrent.id, 1}}, Time{90});
  hold(2, {{counted.id, 2}, {concurrent.id, 1}}, Time{80});
  EXPECT_EQ(first.account, kA);
  EXPECT_EQ(first.need, amounts(kCalls, 5));
  EXPECT_EQ(first.opened, Time{1});
  EXPECT_EQ(counted.held, 7);
  EXPECT_EQ(counted.open_holds, 2U);
  EXPECT_EQ(concurrent.held, 2);
  EXPECT_EQ(ledger.accounts.at(kA).open_holds, 2U);
  EXPECT_EQ(seen.first_deadline()->id, HoldId{2});
  EXPECT_THAT(seen.open_by_deadline(), ElementsAre(HoldId{2}, HoldId{1}));
  first.live.set(kCalls, 4);
  counted.live = 4;

  Amounts charged = amounts(kCalls, 3);
  charged.set(kConcurrent, 1);
  ledger.resolve(first, charged, Time{7});
  EXPECT_FALSE(first.open);
  EXPECT_EQ(first.charged, charged);
  EXPECT_EQ(first.resolved_at, Time{7});
  EXPECT_TRUE(first.live.empty());
  EXPECT_EQ(counted.held, 2);
  EXPECT_EQ(counted.live, 0);
  EXPECT_EQ(counted.settled(), 3);
  EXPECT_EQ(counted.open_holds, 1U);
  EXPECT_EQ(concurrent.held, 1);
  EXPECT_EQ(concurrent.settled(), 0) << "counts only what is open";
  EXPECT_EQ(ledger.accounts.at(kA).open_holds, 1U);
  EXPECT_THAT(seen.open_by_deadline(), ElementsAre(HoldId{2}));
}

TEST_F(LedgerTest, ACorrectionReplacesTheCharge) {
  const Wall& wall = add("wall");
  const Wall& rolling = add("rolling", kCalls, WindowKind::rolling);
  Meter& meter = meter_of(wall);
  Meter& ages = meter_of(rolling);
  const Time later = Time{0} + Duration::seconds(30);
  Hold& resolved = hold(5, {{meter.id, 5}, {ages.id, 5}});
  ledger.resolve(resolved, amounts(kCalls, 3), Time{2});
  const std::int64_t live = meter.live = 6;  // of other holds
  ledger.resolve(resolved, amounts(kCalls, 4), later);
  EXPECT_EQ(meter.settled(), 4);
  EXPECT_EQ(meter.held, 0);
  EXPECT_EQ(meter.live, live);
  EXPECT_EQ(meter.open_holds, 0U);
  EXPECT_EQ(ledger.accounts.at(kA).open_holds, 0U);
  EXPECT_EQ(resolved.resolved_at, Time{2});
  // It belongs to the time of the charge: it leaves with it.
  EXPECT_EQ(ages.settled(), 4);
  ages.advance(Time{0} + Duration::seconds(61));
  EXPECT_EQ(ages.settled(), 0);
}

TEST_F(LedgerTest, AnExtensionHoldsMoreAndTouchesMore) {
  Meter& first = meter_of(add("first"));
  Meter& second = meter_of(add("second"));
  Meter& third = meter_of(add("third"));
  Hold& extended = hold(5, {{first.id, 5}, {second.id, 5}});
  ledger.extend(extended, amounts(kCalls, 2), std::vector<Touch>{{second.id, 2}, {third.id, 7}},
                Time{200});
  EXPECT_EQ(extended.need, amounts(kCalls, 7));
  EXPECT_EQ(extended.deadline, Time{200});
  EXPECT_THAT(extended.touches,
              ElementsAre(Touch{first.id, 5}, Touch{second.id, 7}, Touch{third.id, 7}));
  EXPECT_EQ(first.held, 5);
  EXPECT_EQ(second.held, 7);
  EXPECT_EQ(third.held, 7);
  EXPECT_EQ(second.open_holds, 1U);
  EXPECT_EQ(third.open_holds, 1U);
  ledger.resolve(extended, {}, Time{3});
  EXPECT_EQ(first.held + second.held + third.held, 0);
}

TEST_F(LedgerTest, WhatIsResolvedJoinsAYoungerWallToBeCorrectedThere) {
  const Meter& first = meter_of(add("first"));
  const Meter& younger = meter_of(add("younger"));
  Hold& resolved = hold(5, {{first.id, 5}});
  ledger.resolve(resolved, amounts(kCalls, 3), Time{2});
  ledger.extend(resolved, amounts(kCalls, 9), std::vector<Touch>{{younger.id, 0}}, Time{200});
  EXPECT_THAT(resolved.touches, ElementsAre(Touch{first.id, 5}, Touch{younger.id, 0}));
  EXPECT_EQ(resolved.need, amounts(kCalls, 5));
  EXPECT_EQ(younger.held, 0);
  EXPECT_EQ(younger.open_holds, 0U);
  EXPECT_EQ(seen.open_count(), 0U);
  ledger.resolve(resolved, amounts(kCalls, 4), Time{3});
  EXPECT_EQ(first.settled(), 4);
  EXPECT_EQ(younger.settled(), 1);
}

TEST_F(LedgerTest, AnOpenHoldIsAttachedToANewWall) {
  Hold& open = hold(5, {});
  Meter& meter = meter_of(add("new"));
  ledger.attach(open, meter, 5);
  EXPECT_THAT(open.touches, ElementsAre(Touch{meter.id, 5}));
  EXPECT_EQ(meter.held, 5);
  EXPECT_EQ(meter.open_holds, 1U);
}

// Of a need of 8, 5 are of operations that the wall counts: what it is charged is what all came to
// less the other 3, and not below nothing.
TEST_F(LedgerTest, AWallThatCountsSomeOfAHoldIsChargedItsShare) {
  const Meter& whole = meter_of(add("whole"));
  const Meter& part = meter_of(add("part"));
  Hold& parts = hold(8, {{whole.id, 8}, {part.id, 5}});
  parts.by_parts = true;
  ledger.resolve(parts, amounts(kCalls, 7), Time{2});
  EXPECT_EQ(whole.settled(), 7);
  EXPECT_EQ(part.settled(), 4);
  ledger.resolve(parts, amounts(kCalls, 2), Time{3});
  EXPECT_EQ(whole.settled(), 2);
  EXPECT_EQ(part.settled(), 0);
}

TEST_F(LedgerTest, AResolvedHoldIsForgottenAndRecalled) {
  Hold& resolved = hold(5, {});
  ledger.resolve(resolved, {}, Time{2});
  EXPECT_THAT(seen.holds_in_order(), ElementsAre(HoldId{1}));
  ledger.forget(HoldId{1});
  EXPECT_EQ(seen.find(HoldId{1}), nullptr);
  EXPECT_THAT(seen.holds_in_order(), IsEmpty());
  const Hold& recalled = ledger.recall(HoldId{1});
  EXPECT_EQ(seen.find(HoldId{1}), &recalled);
}

}  // namespace
}  // namespace ringfence
