// SPDX-License-Identifier: Apache-2.0
// Windows divide time: for any zone, kind and instant.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "base/window.h"

namespace ringfence {
namespace {

// Zones with what makes trouble: half hours, quarters, midnight changes, skipped days, odd seconds.
const char* const kZones[] = {"UTC",
                              "Europe/Berlin",
                              "Australia/Lord_Howe",
                              "America/New_York",
                              "America/St_Johns",
                              "Asia/Kathmandu",
                              "America/Havana",
                              "Africa/Cairo",
                              "Pacific/Apia",
                              "Africa/Casablanca",
                              "Asia/Beirut",
                              "Africa/Monrovia",
                              "America/Asuncion",
                              "Asia/Tehran",
                              "America/Nuuk",
                              "Pacific/Kwajalein"};

constexpr std::int64_t kFirstUs = 0;
constexpr std::int64_t kLastUs = 4'102'444'800'000'000;  // 2100-01-01

rc::Gen<Time> any_time(const Zone& zone) {
  const auto uniform =
      rc::gen::map(rc::gen::inRange(kFirstUs, kLastUs), [](std::int64_t us) { return Time{us}; });
  // Within two hours of a change of the zone's clock, where there is one.
  const auto near_change = rc::gen::apply(
      [zone](Time t, std::int64_t away) {
        const Time change = zone.offset_at(t).span.end;
        return change.us > kLastUs ? t : Time{change.us + away};
      },
      uniform, rc::gen::inRange<std::int64_t>(-7'200'000'000, 7'200'000'000));
  return rc::gen::oneOf(uniform, near_change);
}

Window any_window() {
  return {*rc::gen::element(WindowKind::minute, WindowKind::hour, WindowKind::day, WindowKind::week,
                            WindowKind::month),
          {}};
}

Zone any_zone() {
  const std::size_t index = *rc::gen::inRange<std::size_t>(0, std::size(kZones));
  return Zone::find(kZones[index]).value();
}

TEST(WindowProperty, EachTimeLiesInItsOwnWindow) {
  EXPECT_TRUE(rc::check([] {
    const Zone zone = any_zone();
    const Window window = any_window();
    const Time t = *any_time(zone);
    const Span span = window_at(window, t, zone);
    RC_ASSERT(span.contains(t));
    // All times of a window have that window; its neighbours begin and end where it does.
    const Time inside{*rc::gen::inRange(span.start.us, span.end.us)};
    RC_ASSERT(window_at(window, inside, zone) == span);
    RC_ASSERT(window_at(window, span.end, zone).start == span.end);
    RC_ASSERT(window_at(window, Time{span.start.us - 1}, zone).end == span.start);
  }));
}

TEST(WindowProperty, LaterTimesNeverGetAnEarlierWindow) {
  EXPECT_TRUE(rc::check([] {
    const Zone zone = any_zone();
    const Window window = any_window();
    const Time a = *any_time(zone);
    const Time b{a.us + *rc::gen::inRange<std::int64_t>(0, 90'000'000'000)};
    const Span first = window_at(window, a, zone);
    const Span second = window_at(window, b, zone);
    RC_ASSERT(first.start <= second.start);
    RC_ASSERT(first.end <= second.end);
    RC_ASSERT((first == second) == first.contains(b));
  }));
}

TEST(WindowProperty, NoWindowIsLongerThanItsName) {
  EXPECT_TRUE(rc::check([] {
    const Zone zone = any_zone();
    const Time t = *any_time(zone);
    const auto length = [&](WindowKind kind) {
      const Span span = window_at({kind, {}}, t, zone);
      return span.end - span.start;
    };
    RC_ASSERT(length(WindowKind::minute) <= Duration::minutes(1));
    RC_ASSERT(length(WindowKind::hour) <= Duration::hours(1));
    RC_ASSERT(length(WindowKind::day) <= Duration::hours(26));
    RC_ASSERT(length(WindowKind::week) <= Duration::hours(7 * 24 + 2));
    RC_ASSERT(length(WindowKind::month) <= Duration::hours(31 * 24 + 2));
  }));
}

TEST(TimeProperty, TextRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const Time t{*rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000'000)};
    RC_ASSERT(parse_rfc3339(format_rfc3339(t)).value() == t);
  }));
  EXPECT_TRUE(rc::check([] {
    const Duration d = Duration::millis(*rc::gen::inRange(0, 999'999'999));
    RC_ASSERT(parse_duration(format_duration(d)).value() == d);
  }));
}

}  // namespace
}  // namespace ringfence
