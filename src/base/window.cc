// SPDX-License-Identifier: Apache-2.0
#include "base/window.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/checked.h"

namespace ringfence {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr std::int64_t kHourUs = 60 * kMinuteUs;
constexpr std::int64_t kDayUs = 24 * kHourUs;

using Micros = std::chrono::microseconds;
using UtcTime = date::sys_time<Micros>;
using LocalTime = date::local_time<Micros>;

Time floor_to(Time local, std::int64_t step_us) {
  std::int64_t rest = local.us % step_us;
  if (rest < 0) rest += step_us;
  return {local.us - rest};
}

struct LocalSpan {
  Time start;
  Time end;
};

LocalSpan local_month(Time local) {
  const date::sys_days day = date::floor<date::days>(UtcTime{Micros{local.us}});
  const date::year_month_day ymd{day};
  const date::year_month month = ymd.year() / ymd.month();
  const auto us_of = [](date::year_month ym) {
    return Time{std::int64_t{date::sys_days{ym / 1}.time_since_epoch().count()} * kDayUs};
  };
  return {us_of(month), us_of(month + date::months{1})};
}

LocalSpan local_week(Time local) {
  // 1970-01-01 was a Thursday: shift by three days to start the count on a Monday.
  const Time shifted = floor_to({local.us + 3 * kDayUs}, 7 * kDayUs);
  const Time start{shifted.us - 3 * kDayUs};
  return {start, {start.us + 7 * kDayUs}};
}

LocalSpan local_span(WindowKind kind, Time local) {
  if (kind == WindowKind::month) return local_month(local);
  if (kind == WindowKind::week) return local_week(local);
  const Time start = floor_to(local, kDayUs);
  return {start, {start.us + kDayUs}};
}

Span calendar_span(WindowKind kind, Time t, const Zone& zone) {
  LocalSpan span = local_span(kind, zone.to_local(t));
  Time end = zone.to_utc(span.end);
  if (t >= end) {
    // A clock set back across midnight: the new day has begun already and stays.
    span = local_span(kind, span.end);
    end = zone.to_utc(span.end);
  }
  return {zone.to_utc(span.start), end};
}

// Minutes and hours move by the zone's offset alone, so that the hour that a clock change repeats
// is two windows and not one. A change by less than an hour cuts the window it falls into.
Span offset_span(Time t, std::int64_t step_us, const Zone& zone) {
  const Zone::Offset offset = zone.offset_at(t);
  const Time start = floor_to(t + offset.ahead, step_us) - offset.ahead;
  const Time end{start.us + step_us};
  return {std::max(start, offset.span.start), std::min(end, offset.span.end)};
}

// The database may state seconds far outside of what microseconds can.
Time from_seconds(std::int64_t seconds) {
  if (const auto us = checked_mul(seconds, 1'000'000)) return {*us};
  return {seconds < 0 ? std::numeric_limits<std::int64_t>::min() : Time::max().us};
}

constexpr std::array<std::string_view, 9> kNames{"none", "run",  "lifetime", "minute", "hour",
                                                 "day",  "week", "month",    "rolling"};

}  // namespace

Result<Zone> Zone::find(std::string_view iana_name) {
  Zone zone;
  if (iana_name == "UTC") return zone;
  try {
    zone.zone_ = date::locate_zone(std::string(iana_name));
    zone.name_ = iana_name;
    zone.to_local(Time{});  // reads the zone's file now, so that no later call can fail
    return zone;
  } catch (const std::exception&) {
    return invalid("unknown time zone; expected an IANA name such as Europe/Berlin");
  }
}

Zone::Offset Zone::offset_at(Time utc) const {
  if (zone_ == nullptr) return {{}, {{std::numeric_limits<std::int64_t>::min()}, Time::max()}};
  const date::sys_info info = zone_->get_info(UtcTime{Micros{utc.us}});
  return {Duration::seconds(info.offset.count()),
          {from_seconds(info.begin.time_since_epoch().count()),
           from_seconds(info.end.time_since_epoch().count())}};
}

Time Zone::to_local(Time utc) const {
  if (zone_ == nullptr) return utc;
  return {zone_->to_local(UtcTime{Micros{utc.us}}).time_since_epoch().count()};
}

Time Zone::to_utc(Time local) const {
  if (zone_ == nullptr) return local;
  return {zone_->to_sys(LocalTime{Micros{local.us}}, date::choose::earliest)
              .time_since_epoch()
              .count()};
}

Span window_at(const Window& window, Time t, const Zone& zone) {
  switch (window.kind) {
    case WindowKind::none:
    case WindowKind::run:
    case WindowKind::lifetime:
    case WindowKind::rolling: return {Time{0}, Time::max()};
    case WindowKind::minute: return offset_span(t, kMinuteUs, zone);
    case WindowKind::hour: return offset_span(t, kHourUs, zone);
    case WindowKind::day:
    case WindowKind::week:
    case WindowKind::month: break;
  }
  return calendar_span(window.kind, t, zone);
}

std::string to_string(const Window& window) {
  std::string name(kNames[static_cast<std::size_t>(window.kind)]);
  return window.kind == WindowKind::rolling ? name + ":" + format_duration(window.span) : name;
}

Result<Window> parse_window(std::string_view text) {
  constexpr std::string_view kRolling = "rolling:";
  if (text.starts_with(kRolling)) {
    const auto span = parse_duration(text.substr(kRolling.size()));
    if (!span) return std::unexpected(span.error());
    if (*span < kRollingSpanMin || *span > kRollingSpanMax) {
      return invalid("a rolling window spans 1s to 366d");
    }
    return Window{WindowKind::rolling, *span};
  }
  for (std::size_t i = 0; i + 1 < kNames.size(); ++i) {
    if (kNames[i] == text) return Window{static_cast<WindowKind>(i), {}};
  }
  return invalid("expected a window: run, lifetime, minute, hour, day, week, month or rolling:5m");
}

}  // namespace ringfence
