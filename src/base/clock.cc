// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace ringfence {

ClockReading SystemClock::read() {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const auto monotonic = std::chrono::steady_clock::now().time_since_epoch();
  return {Time{duration_cast<microseconds>(wall).count()},
          Duration{duration_cast<microseconds>(monotonic).count()}};
}

ClockGuard::ClockGuard(Time last_event, ClockReading first)
    : last_(std::max(last_event, first.wall)), base_(first) {
  if (last_event > Time{} && first.wall > last_event + kForwardStepAtStartMax) {
    stepped_ = true;
    last_ = last_event;
    base_.wall = last_event;
  }
}

ClockGuard::Answer ClockGuard::observe(ClockReading reading) {
  const Time expected = base_.wall + Duration{reading.monotonic.us - base_.monotonic.us};
  if (!stepped_ && reading.wall > expected + kForwardStepMax) {
    stepped_ = true;
    base_ = {expected, reading.monotonic};
  }
  if (stepped_) {
    last_ = std::max(last_, expected);
  } else {
    // Small corrections and steps back move the base, so that they do not add up to a step.
    base_ = reading;
    last_ = std::max(last_, reading.wall);
  }
  return {last_, stepped_};
}

void ClockGuard::accept(ClockReading reading) {
  stepped_ = false;
  base_ = reading;
  last_ = std::max(last_, reading.wall);
}

}  // namespace ringfence
