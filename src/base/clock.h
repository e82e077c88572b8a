// SPDX-License-Identifier: Apache-2.0
// The only place where the system's clocks are read, and the guard that decides whether to
// believe them.
//
// Contract: `SystemClock::read` is thread-safe. ClockGuard is pure and single-threaded: it turns
// readings into event times that never step back, and reports a step forward that the monotonic
// clock does not confirm (2-semantics, Time).
#pragma once

#include "base/time.h"

namespace ringfence {

struct ClockReading {
  Time wall;
  Duration monotonic;
};

// The monotonic reading goes on while the machine sleeps, so that waking up is not a step.
struct SystemClock {
  static ClockReading read();
};

inline constexpr Duration kForwardStepMax = Duration::hours(1);
inline constexpr Duration kForwardStepAtStartMax = Duration::days(30);

class ClockGuard {
 public:
  struct Answer {
    Time time;             // never before an earlier answer or `last_event`
    bool stepped = false;  // a forward step beyond the maximum: time goes on monotonically until
                           // `accept` is called
  };

  // `last_event` is the time of the newest event in the record, or Time{} for a new record.
  ClockGuard(Time last_event, ClockReading first);
  Answer observe(ClockReading reading);
  // An operator says that the wall clock is right.
  void accept(ClockReading reading);
  bool stepped() const { return stepped_; }

 private:
  Time last_;
  ClockReading base_;
  bool stepped_ = false;
};

}  // namespace ringfence
