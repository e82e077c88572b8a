// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr Time kStart{1'773'930'600'000'000};  // 2026-03-19T14:30:00Z

// A wall clock and a monotonic clock that a test moves by hand.
struct Hands {
  ClockReading now{kStart, Duration::hours(5)};
  ClockReading tick(Duration d) {
    now.wall = now.wall + d;
    now.monotonic = now.monotonic + d;
    return now;
  }
  ClockReading step(Duration d) {
    now.wall = now.wall + d;
    return now;
  }
};

TEST(ClockGuard, FollowsAGoodClock) {
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  for (int i = 1; i <= 100; ++i) {
    const auto answer = guard.observe(hands.tick(Duration::hours(2)));
    EXPECT_EQ(answer.time, kStart + Duration::hours(2) * i);
    EXPECT_FALSE(answer.stepped);
  }
}

TEST(ClockGuard, AStepBackNeverGoesBack) {  // B5
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  const Time before = guard.observe(hands.tick(Duration::seconds(10))).time;
  EXPECT_EQ(guard.observe(hands.step(Duration::days(-40))).time, before);
  EXPECT_EQ(guard.observe(hands.tick(Duration::minutes(59))).time, before);
  EXPECT_FALSE(guard.stepped());
}

TEST(ClockGuard, AStepForwardOfAnHourPasses) {
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  const auto answer = guard.observe(hands.step(Duration::hours(1)));
  EXPECT_FALSE(answer.stepped);
  EXPECT_EQ(answer.time, kStart + Duration::hours(1));
}

TEST(ClockGuard, SmallStepsDoNotAddUp) {
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(guard.observe(hands.step(Duration::minutes(40))).stepped);
  }
  EXPECT_EQ(guard.observe(hands.now).time, kStart + Duration::hours(2));
}

TEST(ClockGuard, ALongerStepStopsUntilAccepted) {
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  guard.observe(hands.tick(Duration::minutes(1)));
  auto answer = guard.observe(hands.step(Duration::hours(1) + Duration{1}));
  EXPECT_TRUE(answer.stepped);
  EXPECT_EQ(answer.time, kStart + Duration::minutes(1));  // not where the clock says
  answer = guard.observe(hands.tick(Duration::minutes(5)));
  EXPECT_TRUE(answer.stepped);
  EXPECT_EQ(answer.time, kStart + Duration::minutes(6));  // the monotonic clock goes on
  // Going back does not by itself restore trust.
  answer = guard.observe(hands.step(Duration::hours(-1)));
  EXPECT_TRUE(answer.stepped);

  hands.step(Duration::hours(1));
  guard.accept(hands.now);
  EXPECT_FALSE(guard.stepped());
  answer = guard.observe(hands.tick(Duration::seconds(1)));
  EXPECT_FALSE(answer.stepped);
  EXPECT_EQ(answer.time, hands.now.wall);
}

TEST(ClockGuard, AcceptingAClockBehindDoesNotGoBack) {
  Hands hands;
  ClockGuard guard(Time{}, hands.now);
  guard.observe(hands.step(Duration::hours(2)));
  const Time before = guard.observe(hands.tick(Duration::minutes(30))).time;
  guard.accept(hands.step(Duration::days(-3)));
  EXPECT_EQ(guard.observe(hands.tick(Duration::seconds(1))).time, before);
}

TEST(ClockGuard, AtStartTheRecordIsThirtyDaysOld) {
  const struct {
    Time last_event;
    bool stepped;
    Time first;  // the first answer, with no time passed since
  } rows[] = {
      {Time{}, false, kStart},  // a new record believes its clock
      {kStart, false, kStart},
      {kStart - Duration::days(30), false, kStart},
      {kStart - Duration::days(30) - Duration{1}, true, kStart - Duration::days(30) - Duration{1}},
      {kStart + Duration::days(2), false, kStart + Duration::days(2)},  // wall is behind the record
  };
  for (const auto& row : rows) {
    Hands hands;
    ClockGuard guard(row.last_event, hands.now);
    EXPECT_EQ(guard.stepped(), row.stepped);
    const auto answer = guard.observe(hands.now);
    EXPECT_EQ(answer.stepped, row.stepped);
    EXPECT_EQ(answer.time, row.first);
    if (row.stepped) {
      EXPECT_EQ(guard.observe(hands.tick(Duration::seconds(3))).time,
                row.first + Duration::seconds(3));
      guard.accept(hands.now);
      EXPECT_EQ(guard.observe(hands.now).time, hands.now.wall);
    }
  }
}

TEST(SystemClock, Reads) {
  const ClockReading a = SystemClock::read();
  const ClockReading b = SystemClock::read();
  EXPECT_GT(a.wall, kStart);
  EXPECT_GE(b.monotonic, a.monotonic);
}

}  // namespace
}  // namespace ringfence
