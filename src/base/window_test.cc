// SPDX-License-Identifier: Apache-2.0
#include "base/window.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

struct Row {
  const char* zone;
  const char* window;
  const char* at;
  const char* start;
  const char* end;
};

void expect_rows(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const Zone zone = Zone::find(row.zone).value();
    const Window window = parse_window(row.window).value();
    const Time at = parse_rfc3339(row.at).value();
    const Span span = window_at(window, at, zone);
    const std::string what = std::string(row.zone) + " " + row.window + " at " + row.at;
    EXPECT_EQ(format_rfc3339(span.start), row.start) << what;
    EXPECT_EQ(format_rfc3339(span.end), row.end) << what;
    EXPECT_TRUE(span.contains(at)) << what;
    EXPECT_FALSE(span.contains(span.end)) << what;
  }
}

TEST(WindowAt, CalendarInUtc) {  // B5
  expect_rows({
      {"UTC", "minute", "2026-03-19T14:30:00Z", "2026-03-19T14:30:00Z", "2026-03-19T14:31:00Z"},
      {"UTC", "hour", "2026-03-19T14:30:00Z", "2026-03-19T14:00:00Z", "2026-03-19T15:00:00Z"},
      {"UTC", "day", "2026-03-19T14:30:00Z", "2026-03-19T00:00:00Z", "2026-03-20T00:00:00Z"},
      {"UTC", "week", "2026-03-19T14:30:00Z", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"},
      {"UTC", "month", "2026-03-19T14:30:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"},
      // the last instant and the first
      {"UTC", "day", "2026-03-19T23:59:59.999Z", "2026-03-19T00:00:00Z", "2026-03-20T00:00:00Z"},
      {"UTC", "day", "2026-03-20T00:00:00Z", "2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z"},
      {"UTC", "week", "2026-03-22T23:59:59.999Z", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"},
      {"UTC", "week", "2026-03-16T00:00:00Z", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"},
      // December to January
      {"UTC", "day", "2026-12-31T23:59:59.999Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
      {"UTC", "week", "2026-12-31T12:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
      {"UTC", "month", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
      {"UTC", "month", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"},
      // leap day
      {"UTC", "day", "2028-02-29T12:00:00Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
      {"UTC", "month", "2028-02-29T23:59:59.999Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
      {"UTC", "month", "2026-02-28T23:59:59.999Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
      // the epoch was a Thursday
      {"UTC", "week", "1970-01-05T00:00:00Z", "1970-01-05T00:00:00Z", "1970-01-12T00:00:00Z"},
  });
  const Span first = window_at({WindowKind::week, {}}, Time{0}, Zone{});
  EXPECT_EQ(first, (Span{Time{0} - Duration::days(3), Time{0} + Duration::days(4)}));
}

TEST(WindowAt, ClockChangesInBerlin) {
  const char* z = "Europe/Berlin";
  expect_rows({
      {z, "day", "2026-03-19T23:30:00Z", "2026-03-19T23:00:00Z", "2026-03-20T23:00:00Z"},
      // 2026-03-29 has 23 hours, 2026-10-25 has 25
      {z, "day", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
      {z, "day", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
      {z, "week", "2026-03-29T12:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"},
      {z, "month", "2026-03-29T12:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
      {z, "month", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z"},
      // the hour that does not exist, and the two that have one name
      {z, "hour", "2026-03-29T00:59:59Z", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
      {z, "hour", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
      {z, "hour", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
      {z, "hour", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
  });
}

TEST(WindowAt, HalfHourClockChangeInLordHowe) {
  const char* z = "Australia/Lord_Howe";
  expect_rows({
      {z, "day", "2026-04-04T20:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
      {z, "day", "2026-10-03T20:00:00Z", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
      {z, "hour", "2026-07-01T14:40:00Z", "2026-07-01T14:30:00Z", "2026-07-01T15:30:00Z"},
      // 02:00 goes back to 01:30: the hour is followed by its own second half
      {z, "hour", "2026-04-04T14:59:59Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"},
      {z, "hour", "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"},
      {z, "hour", "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"},
      // 02:00 goes on to 02:30
      {z, "hour", "2026-10-03T15:29:59Z", "2026-10-03T14:30:00Z", "2026-10-03T15:30:00Z"},
      {z, "hour", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"},
      {z, "minute", "2026-10-03T15:30:10Z", "2026-10-03T15:30:00Z", "2026-10-03T15:31:00Z"},
  });
}

TEST(WindowAt, OtherZones) {
  expect_rows({
      {"Asia/Kathmandu", "hour", "2026-03-19T14:30:00Z", "2026-03-19T14:15:00Z",
       "2026-03-19T15:15:00Z"},
      {"Pacific/Kiritimati", "day", "2026-03-19T14:30:00Z", "2026-03-19T10:00:00Z",
       "2026-03-20T10:00:00Z"},
      // midnight comes twice
      {"America/Havana", "day", "2026-11-01T04:30:00Z", "2026-11-01T04:00:00Z",
       "2026-11-02T05:00:00Z"},
      {"America/Havana", "day", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z",
       "2026-11-02T05:00:00Z"},
      // midnight does not come
      {"Africa/Cairo", "day", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z",
       "2026-04-24T21:00:00Z"},
      // a day does not come
      {"Pacific/Apia", "day", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z",
       "2011-12-30T10:00:00Z"},
      {"Pacific/Apia", "day", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z",
       "2011-12-31T10:00:00Z"},
      // one minute of November, then 59 of October again: November has begun
      {"America/St_Johns", "day", "2009-11-01T02:30:30Z", "2009-11-01T02:30:00Z",
       "2009-11-02T03:30:00Z"},
      {"America/St_Johns", "day", "2009-11-01T02:45:00Z", "2009-11-01T02:30:00Z",
       "2009-11-02T03:30:00Z"},
      {"America/St_Johns", "hour", "2009-11-01T02:30:30Z", "2009-11-01T02:30:00Z",
       "2009-11-01T02:31:00Z"},
      {"America/St_Johns", "hour", "2009-11-01T02:31:00Z", "2009-11-01T02:31:00Z",
       "2009-11-01T03:30:00Z"},
      {"America/St_Johns", "month", "2009-11-01T02:45:00Z", "2009-11-01T02:30:00Z",
       "2009-12-01T03:30:00Z"},
  });
}

TEST(WindowAt, WindowsWithoutEnd) {
  const Zone berlin = Zone::find("Europe/Berlin").value();
  for (const char* text : {"none", "run", "lifetime", "rolling:5m"}) {
    const Window window = parse_window(text).value();
    EXPECT_EQ(window_at(window, Time{1}, berlin), (Span{Time{0}, Time::max()})) << text;
    EXPECT_FALSE(window.calendar()) << text;
  }
  EXPECT_TRUE(parse_window("minute")->calendar());
  EXPECT_TRUE(parse_window("month")->calendar());
}

TEST(WindowText, RoundTripsAndRefuses) {
  for (const char* text : {"none", "run", "lifetime", "minute", "hour", "day", "week", "month",
                           "rolling:1s", "rolling:90s", "rolling:5m", "rolling:366d"}) {
    const auto window = parse_window(text);
    ASSERT_TRUE(window.has_value()) << text;
    EXPECT_EQ(to_string(*window), text);
  }
  for (const char* text : {"", "Day", "days", " day", "year", "rolling", "rolling:", "rolling:0s",
                           "rolling:999ms", "rolling:367d", "rolling:-5m", "rolling:5", "5m"}) {
    const auto window = parse_window(text);
    ASSERT_FALSE(window.has_value()) << text;
    EXPECT_EQ(window.error().code, ErrorCode::invalid) << text;
  }
}

TEST(Zone, FindsOnlyZones) {
  EXPECT_EQ(Zone{}.name(), "UTC");
  EXPECT_EQ(Zone::find("UTC")->name(), "UTC");
  EXPECT_EQ(Zone::find("Etc/UTC")->to_local(Time{7}), Time{7});
  EXPECT_EQ(Zone::find("Europe/Berlin")->name(), "Europe/Berlin");
  for (const char* name :
       {"", "Mars/Olympus", "europe/berlin", "../../etc/passwd", "/etc/localtime", "zone.tab",
        "tzdata.zi", "leapseconds", "Europe", "a\x1b[31m"}) {
    const auto zone = Zone::find(name);
    ASSERT_FALSE(zone.has_value()) << name;
    EXPECT_EQ(zone.error().code, ErrorCode::invalid);
    EXPECT_EQ(zone.error().text().find('\x1b'), std::string::npos);
  }
}

TEST(Zone, LocalAndBack) {
  const Zone berlin = Zone::find("Europe/Berlin").value();
  const auto utc = [](const char* text) { return parse_rfc3339(text).value(); };
  EXPECT_EQ(berlin.to_local(utc("2026-03-19T14:30:00Z")), utc("2026-03-19T15:30:00Z"));
  EXPECT_EQ(berlin.to_utc(utc("2026-03-19T15:30:00Z")), utc("2026-03-19T14:30:00Z"));
  EXPECT_EQ(berlin.to_utc(utc("2026-10-25T02:30:00Z")), utc("2026-10-25T00:30:00Z"));  // earlier
  EXPECT_EQ(berlin.to_utc(utc("2026-03-29T02:30:00Z")), utc("2026-03-29T01:00:00Z"));  // gap
}

}  // namespace
}  // namespace ringfence
