// SPDX-License-Identifier: Apache-2.0
// Snapshotter: makes a snapshot of the record now and then, beside the engine that decides.
//
// Contract: on a thread of its own, of low priority, an engine of its own goes from the last
// snapshot over the events since, is written down and thrown away; nothing waits for it. While it
// does, it takes as much memory as the deciding engine's recorded state, and twice the snapshot's
// bytes. `reached` and `stop` may be called from any thread. A failure is a line in the log: the
// record has it all, and the next one is tried after as many events again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "service/recovery.h"

namespace ringfence {

struct SnapshotPlan {
  std::string data_dir;
  std::uint64_t every = 1'000'000;  // events; 0: never
  std::uint64_t at_stop = 100'000;  // or more since the last one make one at an orderly stop
  std::function<void(std::uint64_t seq)> on_made = [](std::uint64_t) {};  // on its own thread
};

// One snapshot of what the record holds by now, or up to `plan.last`, on this thread. It must be
// durable up to there. Returns where it stands. Errors: those of recover and write_snapshot.
Result<RecordPoint> make_snapshot(RecordSource& record, const RecoveryPlan& plan);

class Snapshotter {
 public:
  // `made_at`: the event of the newest snapshot that there is; 0: none.
  Snapshotter(SnapshotPlan plan, std::uint64_t made_at);
  ~Snapshotter() { stop(); }
  Snapshotter(const Snapshotter&) = delete;
  Snapshotter& operator=(const Snapshotter&) = delete;

  // The record is durable up to there.
  void reached(std::uint64_t seq);
  // Makes a last one where that takes no longer than any other, then ends the thread. The record
  // must stay readable until it returns.
  void stop();

 private:
  std::uint64_t since_last() const;
  bool due() const { return since_last() >= plan_.every; }
  bool worth_it_at_stop() const;
  void work();
  void make();

  const SnapshotPlan plan_;
  std::atomic<std::uint64_t> made_at_;
  std::atomic<std::uint64_t> reached_;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace ringfence
