// SPDX-License-Identifier: Apache-2.0
// History: one seed's life of a node: clients, an unreliable network, a disk and a clock that go
// wrong, processes that die; then a time in which nothing goes wrong any more, and an end.
//
// Contract: everything follows from the seed and the bug that is injected. Two phases: while faults
// are on, the oracle's promises must hold after every step (safety). Once they are off, every
// client must get its answer, every hold must end, a new run must be admitted, and at rest the
// counters are what the record adds up to, also after one more start (liveness). Stops at the first
// failure.
#pragma once

#include <memory>
#include <string>

#include "journal/test_folder.h"
#include "tests/sim/clients.h"
#include "tests/sim/disk.h"
#include "tests/sim/file_system.h"
#include "tests/sim/node.h"
#include "tests/sim/options.h"
#include "tests/sim/oracle.h"
#include "tests/sim/schedule.h"

namespace ringfence::sim {

class History {
 public:
  explicit History(std::uint64_t seed);

  // Empty: all went as promised.
  std::string run();
  const DiskCounts& disk() const { return disk_.counts(); }
  std::uint64_t answers() const { return clients_.answers(); }
  std::uint64_t from_snapshots() const { return from_snapshots_; }  // processes that began so
  std::uint64_t events() const { return oracle_.model().last_seq(); }
  // Of the newest event: two runs of one seed agree in it.
  Digest head() const { return oracle_.head(); }

 private:
  // Processes.
  void start();
  void end(bool in_order);
  void die(Death death);
  void after_step(bool alive);
  void decide_soon();
  void write_soon();
  void arrive(Command command, Node::Handler handler);

  // What happens by itself while faults are on.
  void plan_act();
  void plan_trouble();
  void trouble();
  void damage_snapshot();
  std::shared_ptr<const Policy> compile(model::PolicySpec spec);
  std::shared_ptr<const Policy> changed_policy();

  // Phases.
  void faults();
  void recover();
  void admit();
  void rest();
  void start_again();
  template <class Kind>
  std::optional<Kind> ask(Command command, const std::string& what);
  bool failed() const { return !oracle_.failure().empty(); }

  const TestFolder folder_;  // of snapshots, on a real disk: each is whole, or is not there
  Rng rng_;
  Options options_;
  Clock clock_;
  Disk disk_;
  FileSystem file_system_;
  Schedule schedule_;
  Policies policies_;
  model::PolicySpec spec_;  // the newest that anybody made
  std::shared_ptr<const Policy> file_;
  Oracle oracle_;
  Network network_;
  Clients clients_;
  std::unique_ptr<Node> node_;
  std::uint64_t from_snapshots_ = 0;
  std::uint64_t process_ = 0;  // what was planned for one is not for the next
  std::uint64_t wakes_ = 0;    // only the newest counts
  int acts_left_ = 0;
  bool deciding_ = false, writing_ = false;
  bool quiet_ = false;  // the phase without faults
};

}  // namespace ringfence::sim
