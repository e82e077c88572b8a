// SPDX-License-Identifier: Apache-2.0
// Disk: files in memory that forget what a real disk may forget, when a real one might.
//
// Writes are kept in a list until their file is synced, after the method of SQLite's own crash
// tests (test6.c). When the power goes, each write that was not synced survives whole, is dropped,
// or is torn: of its 512-byte sectors some are there, some are not, some are garbage. A process
// that is killed leaves all it has written behind.
//
// Contract: everything follows from the seed and the calls. Once the process is dead nothing it
// does has any effect, until `restart`. A sync makes durable what its file was written before it,
// and the folder where it is told to: what is new or removed. After a sync that failed each of its
// writes has reached the disk or never will, and a later sync that succeeds says nothing of them;
// the process still reads them, its successor does not. Limitations: one folder; no bit rot and no
// misdirected writes (SQLite promises nothing there).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/clock.h"

namespace ringfence::sim {

enum class Operation : std::uint8_t { read, write, sync };
enum class Death : std::uint8_t { kill, power };
enum class Outcome : std::uint8_t { done, failed, full };

struct DiskFault {
  Operation operation = Operation::write;
  int nth = 1;  // from now on
  bool forever = false;
  Outcome outcome = Outcome::failed;
};

struct DiskCounts {
  std::uint64_t syncs = 0, faults = 0, kills = 0, power_losses = 0;
  std::uint64_t torn_syncs = 0;  // the power went in a sync and tore a write
};

class Disk {
 public:
  Disk(std::uint64_t seed, Clock& clock) : rng_(seed), clock_(clock) {}

  // ---- what goes wrong
  void fail(DiskFault fault) { fault_ = fault; }
  void die_at(Operation operation, int nth, Death death) { end_ = End{operation, nth, death}; }
  void die(Death death);
  void slow_down(int percent) { slow_percent_ = percent; }  // of the operations
  void heal();                                              // nothing goes wrong from now on
  bool dead() const { return dead_; }
  // A new process finds what survived.
  void restart();
  const DiskCounts& counts() const { return counts_; }

  // ---- what a process does
  bool has(const std::string& name) const { return files_.contains(name); }
  std::size_t size(const std::string& name) const;
  // `durably`: the folder is synced at once.
  Outcome create(const std::string& name, bool durably);
  Outcome remove(const std::string& name, bool durably);
  // `got`: how much there was, up to `size`.
  Outcome read(const std::string& name, std::size_t offset, std::size_t size,
               std::string_view& got);
  Outcome write(const std::string& name, std::size_t offset, std::string_view bytes);
  Outcome truncate(const std::string& name, std::size_t size);
  Outcome sync(const std::string& name, bool folder_too);

 private:
  struct Change {
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to `offset`
  };
  struct File {
    std::string now;     // as the process sees it
    std::string synced;  // what is on the disk for sure
    std::vector<Change> unsynced;
    bool entered = false;  // its folder's entry is durable
    bool stale = false;    // a sync failed: `now` shows what may be lost
  };
  struct End {
    Operation operation;
    int nth;
    Death death;
  };

  Outcome begin(Operation operation);
  void lose_power();
  void settle_at_random(File& file);
  bool apply_torn(std::string& content, const Change& change);
  void sync_folder();

  Rng rng_;
  Clock& clock_;
  std::map<std::string, File> files_;
  std::map<std::string, File> removed_;  // which a power loss may bring back
  std::optional<DiskFault> fault_;
  std::optional<End> end_;
  int slow_percent_ = 0;
  bool dead_ = false;
  bool torn_ = false;  // by the power loss at hand
  DiskCounts counts_;
};

}  // namespace ringfence::sim
