// SPDX-License-Identifier: Apache-2.0
#include "base/window.h"

#include <date/tz.h>

#include <array>

#include "base/ensure.h"

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

// Minutes and hours move by the zone's offset alone, so that the hour that a clock change repeats
// is two windows and not one.
Span offset_span(Time t, std::int64_t step_us, const Zone& zone) {
  const std::int64_t offset = zone.to_local(t).us - t.us;
  const Time start{floor_to({t.us + offset}, step_us).us - offset};
  return {start, {start.us + step_us}};
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
    return zone;
  } catch (const std::exception&) {
    return invalid("unknown time zone; expected an IANA name such as Europe/Berlin",
                   std::string(iana_name));
  }
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
    default: break;
  }
  const Time local = zone.to_local(t);
  LocalSpan span{};
  if (window.kind == WindowKind::day) {
    span.start = floor_to(local, kDayUs);
    span.end = {span.start.us + kDayUs};
  } else {
    span = window.kind == WindowKind::week ? local_week(local) : local_month(local);
  }
  return {zone.to_utc(span.start), zone.to_utc(span.end)};
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
  return invalid(
      "expected a window: run, lifetime, minute, hour, day, week, month or {rolling: 5m}");
}

}  // namespace ringfence
