// SPDX-License-Identifier: Apache-2.0
// What is read off the API's answers, and what two looks say together.
#include "cli/top_history.h"

#include <gtest/gtest.h>

#include "cli/top_sample.h"

namespace ringfence::top {
namespace {

constexpr Duration kMinute = Duration::minutes(1);

Time at(std::int64_t seconds) { return Time{1'000'000'000'000} + Duration::seconds(seconds); }

TEST(TopGrowth, IsPerMinuteAndRoundedUp) {
  Growth growth(kBurnSpan);
  EXPECT_FALSE(growth.per(kMinute));
  growth.add(at(0), 100);
  EXPECT_FALSE(growth.per(kMinute)) << "one look says nothing";
  growth.add(at(30), 100);
  EXPECT_EQ(growth.per(kMinute), 0);
  growth.add(at(90), 103);
  EXPECT_EQ(growth.per(kMinute), 2) << "3 in 90 s";
}

TEST(TopGrowth, ForgetsWhatIsOlderThanItsSpan) {
  Growth growth(kBurnSpan);
  for (int second = 0; second <= 60; ++second) growth.add(at(second), second * 10);
  EXPECT_EQ(growth.per(kMinute), 600);
  for (int second = 61; second <= 500; ++second) growth.add(at(second), 600);
  EXPECT_EQ(growth.per(kMinute), 0);
}

TEST(TopGrowth, BeginsAnewWhenItFallsOrTimeGoesBack) {
  Growth growth(kBurnSpan);
  growth.add(at(0), 100);
  growth.add(at(60), 700);
  growth.add(at(61), 5);  // its window ended
  EXPECT_FALSE(growth.per(kMinute));
  growth.add(at(121), 6);
  EXPECT_EQ(growth.per(kMinute), 1);
  growth.add(at(100), 7);
  EXPECT_FALSE(growth.per(kMinute));
}

TEST(TopSnapshot, IsReadOffTheAnswers) {
  const Sample sample;
  const Snapshot& s = sample.snapshot;
  ASSERT_EQ(s.accounts.size(), 6U);
  const AccountLine& acme = s.accounts[1];
  EXPECT_EQ(acme.walls[0].cap, 10'000'000'000);
  EXPECT_EQ(acme.walls[0].left(), 2'500'000'000);
  EXPECT_EQ(acme.tightest()->unit, "usd") << "a quarter of the money is left, of the calls most";
  EXPECT_EQ(acme.wall_of("calls")->left(), 439);
  EXPECT_EQ(acme.wall_of("tokens"), nullptr);
  EXPECT_FALSE(s.accounts[3].ended);
  EXPECT_TRUE(s.accounts[4].ended) << "in no list of live runs";
  EXPECT_EQ(s.accounts[5].state, AccountState::halted);
  EXPECT_EQ(s.streams[0].held, "$0.40");
  EXPECT_EQ(s.streams[0].live, "1,204 out");
  EXPECT_EQ(s.streams[1].held, "1 calls");
  EXPECT_EQ(s.unready, "");
}

TEST(TopSnapshot, OddAnswersLeaveDefaults) {
  Answers answers;
  answers.status = json_of_text(R"({"events":"many","started_at":7,"version":null})");
  answers.accounts = json_of_text(R"({"accounts":[{"account":"a","budgets":[{"cap":"1e9"}]},3]})");
  answers.holds = json_of_text("[]");
  answers.ready = json_of_text(R"({"reason":"journal"})");
  const Snapshot s = read_snapshot(answers);
  EXPECT_EQ(s.events, 0);
  EXPECT_EQ(s.accounts.size(), 2U);
  EXPECT_EQ(s.accounts[0].walls[0].cap, 0);
  EXPECT_EQ(s.unready, "journal");
}

TEST(TopSnapshot, TakesNoMoreThanItsLimits) {
  std::string many = R"({"accounts":[{"account":"a"})";
  for (std::size_t i = 0; i < kAccountsMax + 5; ++i) many += R"(,{"account":"b"})";
  Answers answers;
  answers.accounts = json_of_text(many + "]}");
  EXPECT_EQ(read_snapshot(answers).accounts.size(), kAccountsMax);
}

TEST(TopHistory, BurnAndTimeToTheWall) {
  const Sample sample;
  const AccountLine& research = sample.snapshot.accounts[2];
  const WallLine& wall = *research.tightest();
  EXPECT_EQ(sample.history.burn(research, wall), 3'000'000'000);
  // $8.00 - $7.00 - $0.50 held, at $3.00 a minute.
  EXPECT_EQ(sample.history.time_to_wall(research, wall), Duration::seconds(10));
  const AccountLine& globex = sample.snapshot.accounts[5];
  EXPECT_EQ(sample.history.burn(globex, globex.walls[0]), 0);
  EXPECT_FALSE(sample.history.time_to_wall(globex, globex.walls[0])) << "nothing burns";
  EXPECT_EQ(sample.history.decisions_per_minute(), 300);
}

TEST(TopHistory, RefusalsOfOneKindAreOneLine) {
  const Sample sample;
  const auto& refusals = sample.history.refusals();
  ASSERT_EQ(refusals.size(), 2U);
  EXPECT_EQ(refusals[0].reason, "halted");
  EXPECT_EQ(refusals[1].reason, "exhausted");
  EXPECT_EQ(refusals[1].count, 42);
  EXPECT_EQ(refusals[1].account, "acme/research/r_live");
  EXPECT_EQ(sample.history.refusals_last_minute(), 42) << "the first was three minutes ago";
}

TEST(TopHistory, RefusalsAreBoundedAndALongRecordIsSkipped) {
  History history;
  EXPECT_EQ(history.events_after(1'000'000), 1'000'000 - kEventsAtStart);
  EXPECT_FALSE(history.refusals_skipped());
  std::string events = R"({"next":1000000,"events":[)";
  for (std::size_t i = 0; i < kRefusalsMax + 10; ++i) {
    events += std::string(i == 0 ? "" : ",") +
              R"({"type":"refused","time":"2026-11-21T12:00:00Z","run":"r)" + std::to_string(i) +
              R"("})";
  }
  Answers answers;
  answers.events = json_of_text(events + "]}");
  history.add(Snapshot{}, answers);
  EXPECT_EQ(history.refusals().size(), kRefusalsMax);
  EXPECT_EQ(history.refusals().front().run, "r" + std::to_string(kRefusalsMax + 9));
  EXPECT_EQ(history.events_after(1'000'100), 1'000'000);
  EXPECT_EQ(history.events_after(2'000'000), 2'000'000 - kEventsAtStart);
  EXPECT_TRUE(history.refusals_skipped());
}

}  // namespace
}  // namespace ringfence::top
