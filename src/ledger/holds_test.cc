// SPDX-License-Identifier: Apache-2.0
#include "ledger/holds.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "ledger/names.h"

namespace ringfence {
namespace {

// Random holds come, get other deadlines, and go; a plain set says what the order must be.
TEST(Holds, KeepsTheOrderOfDeadlines) {
  std::mt19937_64 random(7);
  Holds holds;
  std::map<HoldId, Time> deadlines;
  std::uint64_t next = 1;
  for (int step = 0; step < 20'000; ++step) {
    const auto dice = random() % 4;
    const auto at = deadlines.lower_bound(HoldId{random() % next});
    if (dice < 2 || at == deadlines.end()) {
      Hold& hold = holds.add(HoldId{next++});
      holds.schedule(hold, Time{static_cast<std::int64_t>(random() % 100)});
      deadlines[hold.id] = hold.deadline;
    } else if (dice == 2) {
      Hold& hold = *holds.find(at->first);
      holds.schedule(hold, Time{static_cast<std::int64_t>(random() % 100)});
      at->second = hold.deadline;
    } else {
      holds.unschedule(*holds.find(at->first));
      holds.remove(at->first);
      EXPECT_EQ(holds.find(at->first), nullptr);
      deadlines.erase(at);
    }
    ASSERT_EQ(holds.scheduled(), deadlines.size());
    std::set<std::pair<Time, HoldId>> order;
    if (step % 500 == 0) {
      for (const auto& [id, deadline] : deadlines) order.emplace(deadline, id);
      std::vector<HoldId> expected;
      for (const auto& [deadline, id] : order) expected.push_back(id);
      ASSERT_EQ(holds.by_deadline(), expected);
    }
    if (const Hold* first = holds.first_deadline()) {
      ASSERT_EQ(deadlines.at(first->id), first->deadline);
      for (const auto& [id, deadline] : deadlines) {
        ASSERT_LE(std::pair(first->deadline, first->id), std::pair(deadline, id));
      }
    }
    if (deadlines.size() > 200) {
      holds.unschedule(*holds.find(deadlines.begin()->first));
      holds.remove(deadlines.begin()->first);
      deadlines.erase(deadlines.begin());
    }
  }
}

TEST(Holds, APlaceIsGivenOnCleanly) {
  Holds holds;
  Hold& first = holds.add(HoldId{1});
  first.need.set(Unit{0}, 5);
  first.live.set(Unit{0}, 5);
  first.charged.set(Unit{0}, 5);
  first.touches.push_back({MeterId{1}, 5});
  first.open = false;
  first.by_parts = true;
  first.resolved_at = Time{7};
  const std::uint32_t slot = first.slot;
  holds.remove(HoldId{1});
  const Hold& second = holds.add(HoldId{2});
  EXPECT_EQ(second.id, HoldId{2});
  EXPECT_EQ(second.slot, slot);
  EXPECT_TRUE(second.open);
  EXPECT_FALSE(second.by_parts);
  EXPECT_TRUE(second.need.empty());
  EXPECT_TRUE(second.live.empty());
  EXPECT_TRUE(second.charged.empty());
  EXPECT_TRUE(second.touches.empty());
  EXPECT_EQ(second.resolved_at, Time{});
  EXPECT_NE(holds.add(HoldId{3}).slot, slot);
}

TEST(Holds, AreFoundByNumberAndListedByIt) {
  Holds holds;
  std::vector<HoldId> ids;
  for (std::uint64_t number = 1; number <= 100; ++number) ids.push_back(HoldId{number});
  for (const HoldId id : ids) holds.add(HoldId{101 - id.number});
  const Holds& seen = holds;
  EXPECT_EQ(seen.in_order(), ids);
  EXPECT_EQ(seen.find(HoldId{101}), nullptr);
  ASSERT_NE(seen.find(HoldId{7}), nullptr);
  EXPECT_EQ(seen.find(HoldId{7})->id, HoldId{7});
}

TEST(Names, StayWhereTheyAreAndAreKeptOnce) {
  Names names;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 20'000; ++i) kept.push_back(names.keep("name-" + std::to_string(i)));
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = "name-" + std::to_string(i);
    EXPECT_EQ(kept[static_cast<std::size_t>(i)], text);
    EXPECT_EQ(names.keep(text).data(), kept[static_cast<std::size_t>(i)].data());
  }
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(names.add(large), large);
}

// One after the other, so that many short ones take little memory: to the last byte of a block.
TEST(Names, LieInBlocks) {
  Names names;
  const std::string_view first = names.add("first");
  const std::string_view second = names.add("second");
  const std::string_view long_one = names.add(std::string((64 << 10) - 15, 'x'));
  const std::string_view last = names.add("last");
  EXPECT_EQ(second.data(), first.end());
  EXPECT_EQ(long_one.data(), second.end());
  EXPECT_EQ(last.data(), long_one.end());
}

}  // namespace
}  // namespace ringfence
