// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <time.h>

#include <algorithm>

#include "base/ensure.h"

namespace ringfence {

namespace {

std::int64_t read_us(clockid_t clock) {
  timespec now{};
  RF_ENSURE(::clock_gettime(clock, &now) == 0, "the system has its clocks");
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

ClockReading SystemClock::read() {
  return {Time{read_us(CLOCK_REALTIME)}, Duration{read_us(CLOCK_BOOTTIME)}};
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
  stepped_ = stepped_ || reading.wall > expected + kForwardStepMax;
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
