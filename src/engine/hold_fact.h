// SPDX-License-Identifier: Apache-2.0
// HoldFact: what the engine knows of a hold beyond its arithmetic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/command.h"

namespace ringfence {

struct Run;

struct HoldFact {
  Run* run = nullptr;
  std::string operation, holder;
  std::vector<std::string> further;  // the other operations of one shell line
  Amounts physical_max;
  std::int64_t output_cap = -1;
  bool clamped = false;
  std::string decision_id;
  std::string approval;  // while it is open: of which it is a use
  HoldState state = HoldState::open;
  bool by_holder = false;  // its holder has said what it used
  Amounts stated;          // when it did
  Amounts claimed;
  bool late = false, uncertain = false, implausible = false;
  bool changed = false;  // transient: what is kept of it, if anything, is out of date
  Ticket placed_as = 0;  // transient: of the open hold's PlaceHold, for CancelHold; 0: not known

  // As new, but for its texts: they are given others, in the room that they had.
  void begin(Run* of) {
    run = of;
    further.clear();
    physical_max = stated = claimed = {};
    output_cap = -1;
    state = HoldState::open;
    clamped = by_holder = late = uncertain = implausible = changed = false;
    placed_as = 0;
    approval.clear();
  }
};

}  // namespace ringfence
