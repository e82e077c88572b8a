// SPDX-License-Identifier: Apache-2.0
// Schedule: what is to happen, in the order of simulated time.
//
// Contract: what is due at the same time happens in the order in which it was planned; what has
// become late while the clock passed by itself happens at once.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "tests/sim/clock.h"

namespace ringfence::sim {

class Schedule {
 public:
  explicit Schedule(Clock& clock) : clock_(clock) {}

  void after(Duration delay, std::function<void()> act) {
    acts_.emplace(std::pair{clock_.elapsed() + delay, ++planned_}, std::move(act));
  }
  // False: nothing is planned.
  bool step() {
    if (acts_.empty()) return false;
    auto next = acts_.extract(acts_.begin());
    const Duration at = next.key().first;
    if (at > clock_.elapsed()) clock_.pass({at.us - clock_.elapsed().us});
    next.mapped()();
    return true;
  }

 private:
  Clock& clock_;
  std::map<std::pair<Duration, std::uint64_t>, std::function<void()>> acts_;
  std::uint64_t planned_ = 0;
};

}  // namespace ringfence::sim
