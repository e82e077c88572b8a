// SPDX-License-Identifier: Apache-2.0
// Where an answer breaks off, and the form it has on the wire, as the knobs want it.
//
// Contract: pure.
#pragma once

#include <cstdint>

#include "knobs.h"
#include "reply.h"

namespace mock {

enum class Fault { none, stall, reset, close, error };

struct FaultPoint {
  Fault fault = Fault::none;
  std::int64_t after_tokens = 0;
};

// The first fault within an answer of so many tokens.
[[nodiscard]] FaultPoint first_fault(const Knobs& knobs, std::int64_t tokens);

[[nodiscard]] ReplyForm form_of(const Knobs& knobs, std::uint64_t sequence);

}  // namespace mock
