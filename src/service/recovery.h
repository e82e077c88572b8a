// SPDX-License-Identifier: Apache-2.0
// Recovery: an engine brought to where the record is, or was at some event, from the newest
// snapshot that fits it and the events after that one.
//
// Contract: blocking, one thread; changes nothing on disk. A snapshot fits when it is whole and the
// record has, at its event, the very line that it names; one that does not is left out with a
// warning in the log. The chain of the events after it is checked, and what comes before is taken
// on the snapshot's word. After an error the engine is of no more use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/engine.h"
#include "journal/record_source.h"

namespace ringfence {

struct RecoveryPlan {
  std::string data_dir;             // whose snapshots are used; empty: none
  std::uint64_t last = UINT64_MAX;  // the event to end at
  // Told the event that it has come to, every so many; false ends it with `closed`.
  std::function<bool(std::uint64_t seq)> on_progress = nullptr;
  std::uint64_t progress_every = 8'192;
};

struct Recovery {
  RecordPoint at;
  std::uint64_t snapshot = 0;  // the event of the one that it began from; 0: none
};

// `engine` is new. Errors: `unverifiable` where the record is damaged, or ends before a snapshot
// that was made of it (then it is an older copy, or was cut); the sentence says what to do.
Result<Recovery> recover(Engine& engine, RecordSource& record, const RecoveryPlan& plan);

}  // namespace ringfence
