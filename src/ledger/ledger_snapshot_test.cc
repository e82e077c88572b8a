// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ledger/ledger.h"
#include "ledger/ledger_fields.h"

namespace ringfence {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string packed(const auto&... values) {
  std::string out;
  PackedWriter writer(out);
  writer(values...);
  return out;
}

std::string saved(const Ledger& ledger) {
  std::string out;
  PackedWriter writer(out);
  ledger.save(writer);
  return out;
}

// What is wrong with these bytes. Nothing is: then they are what is saved again.
std::string problem(const std::string& bytes) {
  Ledger ledger;
  PackedReader in(bytes);
  ledger.load(in);
  if (!in.ok()) return std::string(in.problem());
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(saved(ledger), bytes);
  return "";
}

// The parts of a snapshot, by hand; numbers that are not negative are written as naturals.
struct Parts {
  std::string accounts = packed(0U, 0U);  // opened, paused
  std::string walls = packed(0U, 0U);     // places, free places
  std::string meters = packed(0U);
  std::string holds = packed(0U);

  std::string problem() const { return ringfence::problem(accounts + walls + meters + holds); }
};

const Window kDay{WindowKind::day, {}};
const Window kMinuteLong{WindowKind::rolling, Duration::seconds(60)};
const Span kLong{Time{5}, Time{900'000'000}};

std::string used_wall(std::string_view name, std::uint32_t account, const Window& window = kDay) {
  return packed(true, name, account, kCalls, window);
}
std::string idle_meter(std::uint32_t place) {
  return packed(true, place, kLong, std::int64_t{0}, std::int64_t{4}, std::optional<std::int64_t>(),
                Time::max(), std::vector<std::int64_t>());
}
std::string hold_of(std::uint64_t number, bool open, std::vector<Touch> touches,
                    std::uint32_t account = 0) {
  return packed(number, account, open, false, Amounts{}, Amounts{}, touches, Time{1}, Time{9},
                Time{0});
}

// ---- what is saved is what is loaded

// Accounts and pauses; walls of accounts and of others, one dropped; meters that are current,
// older, rolling, raised, orphaned and gone; holds open and resolved.
void fill(Ledger& ledger) {
  for (const char* path : {"a", "a/r", "b"}) ledger.accounts.open(path);
  ledger.accounts.find("a/r")->is_run = true;
  ledger.accounts.pause(ledger.accounts.at(kRootAccount), {"operator", "", "all"});
  ledger.accounts.pause(*ledger.accounts.find("a"), {"budget", "wall", ""});
  ledger.accounts.pause(*ledger.accounts.find("a"), {"anomaly", "", "odd"});
  ledger.accounts.pause(*ledger.accounts.find("b"), {"operator", "", "passes"});
  ledger.accounts.lift(*ledger.accounts.find("b"), "operator", "");

  const auto meter = [&](const Wall& wall) -> Meter& {
    return ledger.open_meter(MeterId{ledger.next_meter_number()}, wall.id, kLong);
  };
  const Wall& plain = ledger.add_wall({"plain", "a", kCalls, kDay});
  const WallId gone = ledger.add_wall({"gone", "b", kCalls, kDay}).id;
  const Wall& rolling = ledger.add_wall({"rolling", "tool=mail", kUsd, kMinuteLong});
  const WallId free = ledger.add_wall({"free", "/", kCalls, kDay}).id;
  const MeterId older = meter(plain).id;
  const MeterId orphan = meter(ledger.wall(gone)).id;
  const MeterId ages = meter(rolling).id;
  Amounts need;
  need.set(kCalls, 5);
  const std::vector<Touch> touches{{older, 5}, {orphan, 5}, {ages, 2}};
  Hold& open = ledger.open(HoldId{7}, AccountId{2}, need, touches, Time{1}, Time{90});
  open.by_parts = true;
  Hold& resolved = ledger.open(HoldId{3}, AccountId{2}, need, touches, Time{1}, Time{80});
  ledger.open(HoldId{12}, AccountId{1}, need, {}, Time{2}, Time{70});
  Amounts charged;
  charged.set(kCalls, 4);
  charged.set(kUsd, 3);
  ledger.resolve(resolved, charged, Time{6});
  ledger.meter(ages)->settle(8, Time{60'000'000});
  meter(plain).counted = 11;
  meter(plain);  // the idle one before it goes
  Meter& current = meter(plain);
  current.rare().raised_cap = 20;
  current.rare().raised_until = Time{500};
  current.rare().alerts_fired = {80, 95};
  ledger.drop_wall(free);
  ledger.drop_wall(gone);
}

TEST(LedgerSnapshot, TheWholeComesBack) {
  Ledger first;
  fill(first);
  Ledger second;
  const std::string bytes = saved(first);
  PackedReader in(bytes);
  second.load(in);
  ASSERT_TRUE(in.ok()) << in.problem();
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(saved(second), bytes);

  const Accounts& accounts = second.accounts;
  ASSERT_EQ(accounts.size(), 4U);
  EXPECT_TRUE(accounts.find("a/r")->is_run);
  EXPECT_FALSE(accounts.find("a")->is_run);
  EXPECT_TRUE(accounts.at(kRootAccount).paused);
  EXPECT_FALSE(accounts.find("b")->paused);
  ASSERT_EQ(accounts.pauses(AccountId{1}).size(), 2U);
  EXPECT_EQ(accounts.pauses(AccountId{1})[0].wall, "wall");
  EXPECT_EQ(accounts.pauses(AccountId{1})[1].reason, "odd");

  const Wall* plain = second.find_wall({"plain", "a", kCalls, kDay});
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->subject.data(), accounts.find("a")->path.data()) << "kept once";
  EXPECT_THAT(second.older_meters(plain->id), ElementsAre(MeterId{1}));
  EXPECT_EQ(plain->current, MeterId{6});
  EXPECT_EQ(second.meter(MeterId{6})->span, kLong);
  EXPECT_EQ(second.meter(MeterId{6})->raised_cap(), 20);
  EXPECT_EQ(second.find_wall({"gone", "b", kCalls, kDay}), nullptr);
  const Wall* rolling = second.find_wall({"rolling", "tool=mail", kUsd, kMinuteLong});
  ASSERT_NE(rolling, nullptr);
  EXPECT_THAT(second.older_meters(rolling->id), IsEmpty());
  EXPECT_EQ(second.current(*rolling, Time{60'000'000})->settled(), 11);
  EXPECT_EQ(second.current(*rolling, Time{61'000'000})->settled(), 8);

  EXPECT_THAT(second.open_by_deadline(), ElementsAre(HoldId{12}, HoldId{7}));
  EXPECT_THAT(second.holds_in_order(), ElementsAre(HoldId{3}, HoldId{7}, HoldId{12}));
  EXPECT_EQ(accounts.at(AccountId{2}).open_holds, 1U);
  EXPECT_EQ(second.meter(MeterId{1})->open_holds, 1U);
  ASSERT_NE(second.meter(MeterId{2}), nullptr);
  EXPECT_EQ(second.meter(MeterId{2})->wall, kNoWall);
  second.resolve(*second.find(HoldId{7}), {}, Time{8});
  EXPECT_EQ(second.meter(MeterId{1}), nullptr);
  EXPECT_EQ(second.meter(MeterId{2}), nullptr);
}

// The places that came free are given on in the same order.
TEST(LedgerSnapshot, LivesOnAsTheOneThatWasSaved) {
  Ledger first;
  fill(first);
  Ledger second;
  const std::string bytes = saved(first);
  PackedReader in(bytes);
  second.load(in);
  for (Ledger* ledger : {&first, &second}) {
    const WallId id = ledger->add_wall({"new", "b", kCalls, kDay}).id;
    ledger->open_meter(MeterId{ledger->next_meter_number()}, id, kLong);
    ledger->resolve(*ledger->find(HoldId{7}), {}, Time{99});
    ledger->forget(HoldId{3});
    ledger->accounts.open("a/s");
    ledger->accounts.lift(*ledger->accounts.find("a"), "budget", "wall");
  }
  EXPECT_EQ(saved(second), saved(first));
}

// ---- what is refused; the good one beside each shows that it is refused for that

TEST(LedgerSnapshot, AnAccountFollowsItsParent) {
  Parts parts;
  parts.accounts = packed(2U, "a"sv, false, "a/b"sv, true, 0U);
  EXPECT_EQ(parts.problem(), "");
  for (const auto& [first, second] : {std::pair("a"sv, "a"sv), {"a"sv, "b/c"sv}}) {
    parts.accounts = packed(2U, first, false, second, true, 0U);
    EXPECT_EQ(parts.problem(), "an account opens once, after its parent");
  }
}

TEST(LedgerSnapshot, PausesAreInTheOrderOfTheirAccounts) {
  const std::vector<Pause> some{{"operator", "", ""}};
  const auto pauses = [&](std::uint32_t first, std::uint32_t second) {
    Parts parts;
    parts.accounts = packed(1U, "a"sv, false, 2U, first, some, second, some);
    return parts.problem();
  };
  const auto otherwise = "pauses are in the order of their accounts";
  EXPECT_EQ(pauses(0, 1), "");
  EXPECT_EQ(pauses(1, 0), otherwise);
  EXPECT_EQ(pauses(0, 0), otherwise);
  EXPECT_EQ(pauses(0, 2), otherwise);
  Parts none;
  none.accounts = packed(0U, 1U, 0U, std::vector<Pause>{});
  EXPECT_EQ(none.problem(), otherwise);
}

TEST(LedgerSnapshot, AWallsSubjectIsKnownByItsNumberAlone) {
  Parts parts;
  parts.accounts = packed(1U, "a"sv, false, 0U);
  const std::string good = used_wall("w", 1) + used_wall("w", 2);
  parts.walls = packed(2U) + good + packed(0U);
  EXPECT_EQ(parts.problem(), "");
  parts.walls = packed(1U) + used_wall("w", 3) + packed(0U);
  EXPECT_EQ(parts.problem(), "a wall's subject is known by its number alone");
  parts.walls = packed(1U, true, "w"sv, 0U, "a"sv, kCalls, kDay, 0U);
  EXPECT_EQ(parts.problem(), "a wall's subject is known by its number alone");
  parts.walls = packed(1U, true, "w"sv, 0U, "b"sv, kCalls, kDay, 0U);
  EXPECT_EQ(parts.problem(), "");
  parts.walls = packed(2U) + used_wall("w", 1) + used_wall("w", 1) + packed(0U);
  EXPECT_EQ(parts.problem(), "one wall per key");
}

TEST(LedgerSnapshot, EveryPlaceOfAWallIsTakenOrFreeOnce) {
  using Places = std::vector<std::uint32_t>;
  const auto free = [](const Places& places) {
    Parts parts;
    parts.walls = packed(3U, false) + used_wall("w", 1) + packed(false, places);
    return parts.problem();
  };
  EXPECT_EQ(free({0, 2}), "");
  EXPECT_EQ(free({2, 0}), "");
  EXPECT_EQ(free({0, 0}), "a free place is free once");
  EXPECT_EQ(free({0, 1}), "a free place is free once");
  EXPECT_EQ(free({0, 3}), "a free place is free once");
  EXPECT_EQ(free({2}), "every place is known");
}

TEST(LedgerSnapshot, AMeterIsOfAWall) {
  Parts parts;
  parts.walls = packed(2U) + used_wall("w", 1) + packed(false, 1U, 1U);
  parts.meters = packed(2U, false) + idle_meter(1);
  EXPECT_EQ(parts.problem(), "");
  for (const std::uint32_t place : {2U, 3U}) {
    parts.meters = packed(1U) + idle_meter(place);
    EXPECT_EQ(parts.problem(), "a meter is of a wall");
  }
  std::string many;  // places as they are reserved, to the last
  for (int i = 0; i < 1'024; ++i) many += used_wall("w" + std::to_string(i), 1);
  parts.walls = packed(1'024U) + many + packed(0U);
  parts.meters = packed(1U) + idle_meter(1'025);
  EXPECT_EQ(parts.problem(), "a meter is of a wall");
}

TEST(LedgerSnapshot, ARareThingByItselfComesBack) {
  Parts parts;
  parts.walls = packed(1U) + used_wall("w", 1) + packed(0U);
  const std::optional<std::int64_t> none;
  const std::string begin = packed(1U, true, 1U, kLong, std::int64_t{0}, std::int64_t{4});
  for (const std::string& rare :
       {packed(std::optional<std::int64_t>(5), Time::max(), 0U), packed(none, Time{5}, 0U),
        packed(none, Time::max(), std::vector<std::int64_t>{80})}) {
    parts.meters = begin + rare;
    EXPECT_EQ(parts.problem(), "");
  }
}

TEST(LedgerSnapshot, ARollingSumsBucketsAreInTheirOrder) {
  using Filled = std::vector<std::pair<std::uint64_t, std::int64_t>>;
  const auto rolling = [](std::int64_t newest, const Filled& filled) {
    Parts parts;
    parts.walls = packed(1U) + used_wall("w", 1, kMinuteLong) + packed(0U);
    parts.meters = packed(1U) + idle_meter(1) + packed(newest, std::int64_t{8}, filled);
    return parts.problem();
  };
  EXPECT_EQ(rolling(0, {{0, 3}, {1, 2}, {60, 3}}), "");
  EXPECT_EQ(rolling(0, {{1, 3}, {0, 5}}), "buckets are in their order");
  EXPECT_EQ(rolling(0, {{1, 3}, {1, 5}}), "buckets are in their order");
  EXPECT_EQ(rolling(0, {{61, 8}}), "buckets are in their order");
  EXPECT_EQ(rolling(0, {{1, 0}}), "buckets are in their order");
  EXPECT_EQ(rolling(-1, {}), "a bucket before all time");
}

TEST(LedgerSnapshot, HoldsAreInTheirOrderAndOnWhatThereIs) {
  const auto holds = [](const std::string& first, const std::string& second) {
    Parts parts;
    parts.accounts = packed(1U, "a"sv, false, 0U);
    parts.walls = packed(1U) + used_wall("w", 1) + packed(0U);
    parts.meters = packed(1U) + idle_meter(1);
    parts.holds = packed(2U) + first + second;
    return parts.problem();
  };
  const std::string open = hold_of(4, true, {{MeterId{1}, 0}}, 1);
  EXPECT_EQ(holds(open, hold_of(5, true, {})), "");
  EXPECT_EQ(holds(open, hold_of(4, true, {})), "holds are in their order");
  EXPECT_EQ(holds(open, hold_of(3, true, {})), "holds are in their order");
  EXPECT_EQ(holds(open, hold_of(UINT64_MAX, true, {})), "holds are in their order");
  EXPECT_EQ(holds(open, hold_of(5, true, {}, 2)), "a hold is at an account");
  EXPECT_EQ(holds(open, hold_of(5, true, {{MeterId{2}, 0}})), "an open hold touches open meters");
  EXPECT_EQ(holds(open, hold_of(5, false, {{MeterId{2}, 0}})), "");
}

TEST(LedgerSnapshot, OnlyACurrentMeterStaysWithoutAHold) {
  Parts parts;
  parts.walls = packed(1U) + used_wall("w", 1) + packed(0U);
  parts.meters = packed(2U) + idle_meter(1) + idle_meter(1);
  EXPECT_EQ(parts.problem(), "a meter that nothing knows");
  parts.holds = packed(1U) + hold_of(1, true, {{MeterId{1}, 0}});
  EXPECT_EQ(parts.problem(), "");
  parts.meters = packed(1U, true, 0U, kLong, std::int64_t{0});
  EXPECT_EQ(parts.problem(), "");
  parts.holds = packed(0U);
  EXPECT_EQ(parts.problem(), "a meter that nothing knows");
  parts.meters = packed(2U) + idle_meter(1) + packed(true, 0U, kLong, std::int64_t{0});
  EXPECT_EQ(parts.problem(), "a meter that nothing knows") << "behind a good one";
}

}  // namespace
}  // namespace ringfence
