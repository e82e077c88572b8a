// SPDX-License-Identifier: Apache-2.0
// RecordSource: what has a record to replay, be it the journal itself or a reader beside it.
//
// Contract: one thread. Lines are read and hashed one page ahead, on a thread of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/event.h"

namespace ringfence {

// A place in the record: an event, and the SHA-256 of its line, by which it vouches for all before.
struct RecordPoint {
  std::uint64_t seq = 0;  // 0: before the first, with zeros
  Digest head{};
  friend bool operator==(const RecordPoint&, const RecordPoint&) = default;
};

class RecordSource {
 public:
  using Apply = std::function<Result<void>(const Event&)>;

  virtual ~RecordSource() = default;
  // The newest event there is now; 0: none.
  virtual Result<std::uint64_t> newest() = 0;
  // None: there is no such event.
  virtual Result<std::optional<std::string>> line(std::uint64_t seq) = 0;
  // Every event after a point, up to the one with number `last`, in order and with its chain
  // checked: gaps, reordering and a wrong `prev` are `unverifiable`, naming the first bad event.
  // Returns where it ended.
  virtual Result<RecordPoint> replay(const RecordPoint& after, std::uint64_t last, UnitTable& units,
                                     const Apply& apply) = 0;
  Result<void> replay(UnitTable& units, const Apply& apply) {
    const auto done = replay({}, UINT64_MAX, units, apply);
    return done ? Result<void>() : std::unexpected(done.error());
  }
};

}  // namespace ringfence
