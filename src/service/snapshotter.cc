// SPDX-License-Identifier: Apache-2.0
#include "service/snapshotter.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"
#include "journal/journal.h"
#include "journal/snapshots.h"

namespace ringfence {
namespace {

constexpr int kNice = 10;

}  // namespace

Result<RecordPoint> make_snapshot(RecordSource& record, const RecoveryPlan& plan) {
  Engine engine;
  const auto recovered = recover(engine, record, plan);
  if (!recovered) return std::unexpected(recovered.error());
  const auto written =
      write_snapshot(plan.data_dir, recovered->at, engine.last_time(), engine.snapshot());
  if (!written) return std::unexpected(written.error());
  return recovered->at;
}

Snapshotter::Snapshotter(SnapshotPlan plan, std::uint64_t made_at)
    : plan_(std::move(plan)), made_at_(made_at), reached_(made_at) {
  if (plan_.every > 0) thread_ = std::thread([this] { work(); });
}

void Snapshotter::reached(std::uint64_t seq) {
  reached_ = seq;
  if (plan_.every == 0 || !due()) return;
  {
    const std::lock_guard hold(mutex_);
  }  // so that whoever looks now is not asleep too late
  changed_.notify_one();
}

void Snapshotter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard hold(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

// What is made may reach further than what has been told of.
std::uint64_t Snapshotter::since_last() const {
  const std::uint64_t reached = reached_;
  return reached - std::min<std::uint64_t>(reached, made_at_);
}

// A record that has come far without one would hold up the stop for as long as it was made.
bool Snapshotter::worth_it_at_stop() const {
  return since_last() >= plan_.at_stop && since_last() <= 2 * plan_.every;
}

void Snapshotter::work() {
  // Of this thread alone, on Linux; decisions come first.
  ::setpriority(PRIO_PROCESS, 0, kNice);
  std::unique_lock hold(mutex_);
  for (;;) {
    changed_.wait(hold, [this] { return closed_ || due(); });
    const bool last = closed_;
    if (last && !worth_it_at_stop()) return;
    hold.unlock();
    make();
    hold.lock();
    if (last) return;
  }
}

void Snapshotter::make() {
  const std::uint64_t target = reached_;
  const auto go_on = [this, target](std::uint64_t seq) {
    return !closed_ || target - std::min(target, seq) <= plan_.every;
  };
  auto reader = JournalReader::open(plan_.data_dir);
  const auto made =
      reader ? make_snapshot(**reader, {.data_dir = plan_.data_dir, .on_progress = go_on})
             : std::unexpected(reader.error());
  made_at_ = made ? made->seq : target;
  if (made) {
    log_info(fmt::format("a snapshot was made at event {}", made->seq));
    plan_.on_made(made->seq);
    return;
  }
  if (made.error().code != ErrorCode::closed) {
    log_warn("no snapshot was made: " + made.error().text());
  }
}

}  // namespace ringfence
