// SPDX-License-Identifier: Apache-2.0
// SQLite's own loop, on the journal: the first operation goes wrong, then the second, and so on
// until one run meets nothing any more; each with several fates of what was not synced.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "journal/journal.h"
#include "tests/sim/file_system.h"

namespace ringfence::sim {
namespace {

constexpr int kCommits = 6;
constexpr std::size_t kEventsEach = 2;
// What is large brings the log to where it is copied back between commits; what is small has its
// few writes each broken once, and is copied back at the end.
constexpr std::size_t kLargeBytes = 1'500'000;
constexpr int kFates = 4;
const JournalOptions kOptions{.data_dir = "data", .file_system = kFileSystem};

// One machine and what was done on it.
struct Machine {
  Machine(std::uint64_t seed, std::size_t bytes)
      : clock(seed), disk(seed, clock), files(seed, disk, clock), beside(bytes, 'x') {}

  // As many commits as succeed, of events that say which they are.
  void write() {
    auto journal = Journal::open(kOptions);
    if (!journal) return;
    for (int i = 0; i < kCommits; ++i) {
      std::vector<Event> events;
      for (std::size_t k = 0; k < kEventsEach; ++k) {
        const std::uint64_t seq = (*journal)->last_seq() + 1 + k;
        events.push_back({seq, clock.read().wall, Started{fmt::format("v{}", seq)}});
      }
      submitted = events.back().seq;
      const Payload payload{submitted, beside};
      if (!(*journal)->append(events, units, std::span(&payload, 1))) return;
      acknowledged = submitted;
    }
  }
  // Acknowledged <= recovered <= submitted, whole commits only, and it goes on from there.
  void check() {
    disk.heal();
    disk.die(Death::kill);
    disk.restart();
    auto journal = Journal::open(kOptions);
    ASSERT_TRUE(journal) << journal.error().text();
    std::uint64_t recovered = 0;
    const auto read = (*journal)->replay(units, [&](const Event& event) -> Result<void> {
      EXPECT_EQ(std::get<Started>(event.body).version, fmt::format("v{}", event.seq));
      recovered = event.seq;
      return {};
    });
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_GE(recovered, acknowledged);
    EXPECT_LE(recovered, submitted);
    EXPECT_EQ(recovered % kEventsEach, 0U);
    EXPECT_EQ((*journal)->last_seq(), recovered);
    const Event next{recovered + 1, clock.read().wall, Started{"next"}};
    EXPECT_TRUE((*journal)->append(std::span(&next, 1), units));
  }

  Clock clock;
  Disk disk;
  FileSystem files;
  const std::string beside;  // what lies beside the last event of each commit
  UnitTable units;
  std::uint64_t submitted = 0, acknowledged = 0;
};

// `arm` makes the n-th operation go wrong; `met` says whether it did.
void sweep(std::size_t bytes, const std::function<void(Disk&, int n)>& arm,
           const std::function<bool(Disk&)>& met) {
  int hits = 0;
  for (int n = 1;; ++n) {
    bool hit = false;
    for (int fate = 1; fate <= kFates; ++fate) {
      SCOPED_TRACE(fmt::format("operation {}, seed {}", n, fate));
      Machine machine(static_cast<std::uint64_t>(fate), bytes);
      arm(machine.disk, n);
      machine.write();
      hit = hit || met(machine.disk);
      machine.check();
      if (::testing::Test::HasFailure()) return;
    }
    if (!hit) break;
    ++hits;
  }
  EXPECT_GT(hits, kCommits);  // a sweep that meets nothing proves nothing
}

class JournalSweep : public ::testing::TestWithParam<Operation> {
 protected:
  static std::size_t bytes() { return GetParam() == Operation::sync ? kLargeBytes : 10; }
};

TEST_P(JournalSweep, ThePowerGoes) {
  sweep(
      bytes(), [](Disk& disk, int n) { disk.die_at(GetParam(), n, Death::power); },
      [](Disk& disk) { return disk.counts().power_losses > 0; });
}

TEST_P(JournalSweep, TheProcessIsKilled) {
  sweep(
      bytes(), [](Disk& disk, int n) { disk.die_at(GetParam(), n, Death::kill); },
      [](Disk& disk) { return disk.dead(); });
}

TEST_P(JournalSweep, TheDiskFailsOnce) {
  sweep(
      bytes(), [](Disk& disk, int n) { disk.fail({GetParam(), n, false, Outcome::failed}); },
      [](Disk& disk) { return disk.counts().faults > 0; });
}

TEST_P(JournalSweep, TheDiskFailsForEver) {
  sweep(
      bytes(), [](Disk& disk, int n) { disk.fail({GetParam(), n, true, Outcome::failed}); },
      [](Disk& disk) { return disk.counts().faults > 0; });
}

INSTANTIATE_TEST_SUITE_P(, JournalSweep, ::testing::Values(Operation::write, Operation::sync),
                         [](const auto& operation) {
                           return operation.param == Operation::sync ? "AtSync" : "AtWrite";
                         });

}  // namespace
}  // namespace ringfence::sim
