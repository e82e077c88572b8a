// SPDX-License-Identifier: Apache-2.0
// CallControl: what can stop one call from outside, and how it is told.
//
// Contract: shared by the call, its watchers and the cut list; touched on the call's io_context
// only. `interrupt` is what the call offers for being stopped in the operation it is in; it must
// not resume the call synchronously.
#pragma once

#include <functional>
#include <optional>

#include "engine/command.h"

namespace ringfence::llm {

struct CallControl {
  bool client_gone = false;
  bool timed_out = false;
  bool stopping = false;             // the gateway itself ends
  std::optional<HoldClosed> closed;  // by the engine: a halt, or its own expiry

  bool watching = true;          // the client's end still matters
  bool outlives_client = false;  // a call that is drained when its client goes
  std::function<void()> interrupt;

  bool must_stop() const {
    return closed.has_value() || timed_out || stopping || (client_gone && !outlives_client);
  }
  void client_left() {
    if (!watching) return;
    client_gone = true;
    poke();
  }
  void hold_closed(const HoldClosed& notice) {
    closed = notice;
    poke();
  }
  void deadline_passed() {
    timed_out = true;
    poke();
  }
  void gateway_stops() {
    stopping = true;
    poke();
  }
  void poke() {
    if (must_stop() && interrupt) interrupt();
  }
};

}  // namespace ringfence::llm
