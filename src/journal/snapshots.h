// SPDX-License-Identifier: Apache-2.0
// Snapshots: files beside the journal, each with an engine's state at one event.
//
// Contract: blocking; one writer, any readers. A file is written whole under another name, synced
// and renamed; afterwards only the newest kSnapshotsKept stay. Nothing is lost with any of them:
// the record has it all.
//
// Grammar: DATA/snapshots/SEQ.snap (mode 0600) = head LF state
//          head  = a JSON object {"format":1,"seq","time","head","sha256","bytes"}
//          state = `bytes` bytes, as Engine::snapshot gives them; they end in `sha256`
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "journal/record_source.h"

namespace ringfence {

inline constexpr std::size_t kSnapshotsKept = 3;
inline constexpr std::size_t kSnapshotFileMax = std::size_t{16} << 30;

// What a file says of itself; nothing vouches for it until its state has been read.
struct SnapshotHead {
  RecordPoint at;
  Time time;  // of that event
  Digest sha256{};
  std::uint64_t bytes = 0;
};

struct Snapshot {
  SnapshotHead head;
  std::string file;  // as it was read
  std::string_view state() const { return std::string_view(file).substr(file.size() - head.bytes); }
};

// The numbers that there are files of, the newest first.
std::vector<std::uint64_t> list_snapshots(const std::string& data_dir);
std::string snapshot_path(const std::string& data_dir, std::uint64_t seq);
// Errors: `not_found`, `unverifiable` (not what it should be), and those of reading.
Result<SnapshotHead> read_snapshot_head(const std::string& data_dir, std::uint64_t seq);
Result<Snapshot> read_snapshot(const std::string& data_dir, std::uint64_t seq);
Result<void> write_snapshot(const std::string& data_dir, const RecordPoint& at, Time time,
                            std::string_view state);

}  // namespace ringfence
