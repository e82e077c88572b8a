// SPDX-License-Identifier: Apache-2.0
// Window: over which stretch of time a wall counts, and the bounds of the stretch around a time.
//
// Contract: pure. Calendar windows are aligned in a Zone's local time (weeks start on Monday); a
// Span is half open, [start, end). The windows of one kind divide all time: each time lies in its
// own window, neighbours do not overlap, and later times never get an earlier one, whatever the
// zone's clocks do. Zone holds a pointer into the process-wide time zone database, loaded once, and
// is safe to copy and to share.
// Limitations: clock changes are known as far as the system's database lists them (2037).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace date {
class time_zone;
}

namespace ringfence {

enum class WindowKind : std::uint8_t {
  none,  // the unit `concurrent`: what is open now
  run,
  lifetime,
  minute,
  hour,
  day,
  week,
  month,
  rolling,
};

struct Window {
  WindowKind kind = WindowKind::none;
  Duration span;  // rolling only

  bool calendar() const { return kind >= WindowKind::minute && kind <= WindowKind::month; }
  friend bool operator==(const Window&, const Window&) = default;
};

inline constexpr int kRollingBuckets = 60;
inline constexpr Duration kRollingSpanMin = Duration::seconds(1);
inline constexpr Duration kRollingSpanMax = Duration::days(366);

struct Span {
  Time start;
  Time end = Time::max();
  bool contains(Time t) const { return start <= t && t < end; }
  friend bool operator==(const Span&, const Span&) = default;
};

class Zone {
 public:
  Zone() = default;  // UTC
  static Result<Zone> find(std::string_view iana_name);
  const std::string& name() const { return name_; }
  // How far local time is ahead of UTC at a time, and the stretch in which that holds.
  struct Offset {
    Duration ahead;
    Span span;
  };
  Offset offset_at(Time utc) const;
  // Local wall time as if it were UTC, and back (the earlier of two, the first after a gap).
  Time to_local(Time utc) const;
  Time to_utc(Time local) const;

 private:
  const date::time_zone* zone_ = nullptr;
  std::string name_ = "UTC";
};

// The window around `t`. Windows without an end (none, run, lifetime, rolling) are [0, max).
Span window_at(const Window& window, Time t, const Zone& zone);

// "run", "month", "rolling:5m".
std::string to_string(const Window& window);
Result<Window> parse_window(std::string_view text);

}  // namespace ringfence
