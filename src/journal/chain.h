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
#include "journal/record_source.h"

namespace ringfence::journal {

class Chain {
 public:
  Chain() = default;
  explicit Chain(const RecordPoint& after) : at_(after) {}

  // Decodes the line and checks that it is the next one; `hash` is the line's, for its successor.
  // Errors: `unverifiable`, naming the event.
  Result<Event> next(std::int64_t stored_seq, std::string_view line, const Digest& hash,
                     UnitTable& units);

  // The last that was right.
  const RecordPoint& at() const { return at_; }

 private:
  RecordPoint at_;
};

}  // namespace ringfence::journal
