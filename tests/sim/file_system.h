// SPDX-License-Identifier: Apache-2.0
// FileSystem: a Disk as SQLite sees it.
//
// Contract: registered with SQLite as its default under kFileSystem while this object lives, so
// that SQLite's own random numbers and time come from the seed, too. One at a time in a process;
// all connections are closed before it goes.
// Limitations: the methods of version 1, without shared memory and without locks: whoever opens a
// database here has it alone (locking_mode EXCLUSIVE).
#pragma once

#include <sqlite3.h>

#include "tests/sim/disk.h"

namespace ringfence::sim {

inline constexpr const char* kFileSystem = "simulated";

class FileSystem {
 public:
  FileSystem(std::uint64_t seed, Disk& disk, Clock& clock);
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  Disk& disk() { return disk_; }
  Clock& clock() { return clock_; }
  Rng& rng() { return rng_; }

 private:
  Rng rng_;
  Disk& disk_;
  Clock& clock_;
  sqlite3_vfs vfs_{};
};

}  // namespace ringfence::sim
