// SPDX-License-Identifier: Apache-2.0
// Chain: checks that lines follow each other: numbers without a gap, each with its predecessor's
// hash.
//
// Contract: pure. A line's hash is SHA-256 of its stored bytes, never of a re-encoding.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/event.h"

namespace ringfence::journal {

class Chain {
 public:
  // Decodes the line and checks that it is the next one; `hash` is the line's, for its successor.
  // Errors: `unverifiable`, naming the event.
  Result<Event> next(std::int64_t stored_seq, std::string_view line, const Digest& hash,
                     UnitTable& units);

  std::uint64_t last_seq() const { return last_seq_; }
  const Digest& head() const { return head_; }

 private:
  std::uint64_t last_seq_ = 0;
  Digest head_{};
};

}  // namespace ringfence::journal
