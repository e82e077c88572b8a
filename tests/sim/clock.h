// SPDX-License-Identifier: Apache-2.0
// Clock: the time of a simulation, which passes only when it is told to.
//
// Contract: everything follows from the seed. `elapsed` never goes back; the wall clock may be
// stepped either way. Reading takes time, as on a machine, and at times a process is kept off the
// processor between two readings (`stall`). Whoever has the journal's disk has the clock: the
// journal's reading ahead may use it from its own thread while the node waits for that.
#pragma once

#include "base/clock.h"
#include "tests/property/ledger_model_policy.h"

namespace ringfence::sim {

using model::chance;
using model::one_of;
using model::pick;
using model::Rng;

class Clock {
 public:
  explicit Clock(std::uint64_t seed)
      : rng_(seed), begun_{1'774'000'000'000'000 + pick(rng_, 0, 86'400'000'000)}, wall_(begun_) {}

  ClockReading read() {
    pass(Duration{pick(rng_, 1, 20)});
    if (stall_per_mille_ > 0 && pick(rng_, 1, 1'000) <= stall_per_mille_) {
      pass(Duration::millis(pick(rng_, 1, 5'000)));
    }
    return {wall_, elapsed_};
  }
  void pass(Duration duration) {
    elapsed_.us += duration.us;
    wall_ = wall_ + duration;
  }
  // Someone sets the wall clock, wrong or right.
  void step(Duration by) { wall_ = wall_ + by; }
  void set_right() { wall_ = begun_ + elapsed_; }
  void stall(int per_mille) { stall_per_mille_ = per_mille; }
  Duration elapsed() const { return elapsed_; }

 private:
  Rng rng_;
  const Time begun_;
  Time wall_;
  Duration elapsed_;
  int stall_per_mille_ = 0;
};

}  // namespace ringfence::sim
