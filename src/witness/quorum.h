// SPDX-License-Identifier: Apache-2.0
// Quorum: how much of the record as many witnesses as the policy asks for have cosigned, and
// whether they keep up.
//
// Contract: pure. A cosigned tree covers every smaller one, so what the quorum covers is what the
// last of its best witnesses has. It is late when something that was signed has not been covered
// for `patience`; more that is signed meanwhile does not begin the time anew.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace ringfence::witness {

class Quorum {
 public:
  explicit Quorum(Duration patience) : patience_(patience) {}

  // `cosigned`: by each witness; `needed` of them are enough, 0: none is asked for. `now` is of the
  // monotonic clock. True: it began or ceased to be late.
  bool look(std::vector<std::uint64_t> cosigned, std::int64_t needed, std::uint64_t signed_size,
            Duration now);

  std::int64_t needed() const { return needed_; }
  std::uint64_t covered() const { return covered_; }
  bool late() const { return late_; }

 private:
  Duration patience_;
  std::int64_t needed_ = 0;
  std::uint64_t covered_ = 0;
  std::uint64_t awaited_ = 0;  // not covered since `awaited_since_`
  Duration awaited_since_;
  bool late_ = false;
};

}  // namespace ringfence::witness
