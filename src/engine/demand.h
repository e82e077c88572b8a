// SPDX-License-Identifier: Apache-2.0
// Demand: how much one operation needs of each unit, as a function of its output cap.
//
// Contract: pure. Amounts that would not fit into 64 bits count as the largest there is, which no
// cap admits. usd is rounded up to a nano-unit once, over the whole sum.
#pragma once

#include <cstdint>
#include <optional>

#include "base/unit.h"
#include "engine/command.h"

namespace ringfence {

class Demand {
 public:
  Demand() = default;
  Demand(Amounts fixed, std::optional<OutputBound> output) : fixed_(fixed), output_(output) {}

  const std::optional<OutputBound>& output() const { return output_; }
  Amounts& fixed() { return fixed_; }

  // What is needed of `unit` with a cap of `output_tokens` per choice.
  std::int64_t at(Unit unit, std::int64_t output_tokens) const {
    return output_ ? with_output(unit, output_tokens) : fixed_.get(unit);
  }
  // All units with a cap of `output_tokens` per choice.
  Amounts amounts_at(std::int64_t output_tokens) const;
  // The largest cap, up to what is wanted, whose need of `unit` is within `room`; -1: none.
  std::int64_t most_output(Unit unit, std::int64_t room) const;

 private:
  std::int64_t with_output(Unit unit, std::int64_t output_tokens) const;

  Amounts fixed_;
  std::optional<OutputBound> output_;
};

}  // namespace ringfence
