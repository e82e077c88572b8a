// SPDX-License-Identifier: Apache-2.0
#include "ledger/meter.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr Time kNow{1'000'000'000};

Time in_seconds(std::int64_t n) { return kNow + Duration::seconds(n); }

Wall wall_of(WindowKind kind) {
  Wall wall;
  wall.window.kind = kind;
  if (kind == WindowKind::rolling) wall.window.span = Duration::seconds(600);
  return wall;
}

Meter meter_until(Time end) {
  Meter meter;
  meter.span.end = end;
  return meter;
}

TEST(Meter, HasRareThingsOnceTheyAreAskedFor) {
  Meter meter;
  const Meter& seen = meter;
  EXPECT_EQ(seen.raised_cap(), std::nullopt);
  EXPECT_EQ(seen.rare().raised_until, Time::max());
  meter.rare().raised_cap = 7;
  EXPECT_EQ(meter.rare().raised_cap, 7);
  EXPECT_EQ(seen.rare().raised_cap, 7);
  EXPECT_EQ(seen.raised_cap(), 7);
}

TEST(Meter, SettlesAPlainSumOrARollingOne) {
  Meter plain;
  plain.settle(5, kNow);
  plain.advance(in_seconds(10'000));
  EXPECT_EQ(plain.settled(), 5);

  Meter rolling;
  rolling.rare().rolling = std::make_unique<RollingSum>(Duration::seconds(60));
  rolling.settle(5, kNow);
  EXPECT_EQ(rolling.settled(), 5);
  EXPECT_EQ(rolling.counted, 0);
  rolling.advance(in_seconds(10'000));
  EXPECT_EQ(rolling.settled(), 0);
}

TEST(WallKey, IsTextThatTellsWallsApart) {
  const WallKey key{"calls-per-day", "a", kCalls, {WindowKind::day, {}}};
  EXPECT_EQ(key.text(), "calls-per-day|1|day|a");
}

TEST(Stand, EqualityFits) {
  const Level level{.cap = 10, .settled = 4, .held = 3};
  const Wall wall = wall_of(WindowKind::lifetime);
  EXPECT_EQ(stand(wall, nullptr, level, 3, kNow).standing, Standing::fits);
  EXPECT_EQ(stand(wall, nullptr, level, 4, kNow).standing, Standing::busy);
  EXPECT_EQ(stand(wall, nullptr, level, 6, kNow).standing, Standing::busy);
  EXPECT_EQ(stand(wall, nullptr, level, 7, kNow).standing, Standing::too_large);
}

TEST(Stand, ExhaustedIsBelowTheFloorOrEmpty) {
  const Wall wall = wall_of(WindowKind::lifetime);
  const auto standing = [&](std::int64_t settled, std::int64_t floor) {
    const Level level{.cap = 10, .floor = floor, .settled = settled};
    return stand(wall, nullptr, level, 5, kNow).standing;
  };
  EXPECT_EQ(standing(8, 2), Standing::too_large);
  EXPECT_EQ(standing(8, 3), Standing::exhausted);
  EXPECT_EQ(standing(9, 0), Standing::too_large);
  EXPECT_EQ(standing(10, 0), Standing::exhausted);
  EXPECT_EQ(standing(11, 0), Standing::exhausted);
}

// A calendar window leaves what is settled and what is held behind when it turns.
TEST(Stand, ACalendarWindowTurns) {
  const Wall wall = wall_of(WindowKind::day);
  const Meter meter = meter_until(in_seconds(60));
  const Level held{.cap = 10, .held = 8};
  const Answer busy = stand(wall, &meter, held, 10, kNow);
  EXPECT_EQ(busy.standing, Standing::busy);
  EXPECT_EQ(busy.retry_at, in_seconds(60));
  const Level settled{.cap = 10, .settled = 9};
  const Answer throttled = stand(wall, &meter, settled, 10, kNow);
  EXPECT_EQ(throttled.standing, Standing::throttled);
  EXPECT_EQ(throttled.retry_at, in_seconds(60));
  EXPECT_EQ(stand(wall, &meter, settled, 10, in_seconds(-1)).standing, Standing::too_large);
  EXPECT_EQ(stand(wall, &meter, settled, 11, kNow).standing, Standing::too_large);
}

TEST(Stand, AWindowThatHasTurnedDoesNotTurnAgain) {
  const Wall wall = wall_of(WindowKind::day);
  const Level level{.cap = 10, .held = 8};
  const Meter over = meter_until(kNow);
  EXPECT_EQ(stand(wall, &over, level, 5, kNow).retry_at, Time::max());
  const Meter nearly = meter_until(Time{kNow.us + 1});
  EXPECT_EQ(stand(wall, &nearly, level, 5, kNow).retry_at, nearly.span.end);
  EXPECT_EQ(stand(wall, nullptr, level, 5, kNow).retry_at, Time::max());
}

// Buckets of ten seconds; what is held stays when they age.
TEST(Stand, ARollingWindowKeepsWhatIsHeld) {
  const Wall wall = wall_of(WindowKind::rolling);
  Meter meter = meter_until(Time::max());
  meter.rare().rolling = std::make_unique<RollingSum>(wall.window.span);
  meter.settle(4, kNow);
  const Level level{.cap = 10, .settled = 4, .held = 3};
  const Answer busy = stand(wall, &meter, level, 5, kNow);
  EXPECT_EQ(busy.standing, Standing::busy);
  EXPECT_EQ(busy.retry_at, in_seconds(610));
  const Answer later = stand(wall, &meter, level, 7, in_seconds(550));
  EXPECT_EQ(later.standing, Standing::throttled);
  EXPECT_EQ(later.retry_at, in_seconds(610));
  EXPECT_EQ(stand(wall, &meter, level, 7, in_seconds(549)).standing, Standing::too_large);
}

TEST(Stand, AnotherWindowFreesNothing) {
  const Level level{.cap = 10, .settled = 4, .held = 8};
  const Meter meter = meter_until(in_seconds(1));
  const Answer answer = stand(wall_of(WindowKind::run), &meter, level, 1, kNow);
  EXPECT_EQ(answer.standing, Standing::busy);
  EXPECT_EQ(answer.retry_at, Time::max());
}

}  // namespace
}  // namespace ringfence
