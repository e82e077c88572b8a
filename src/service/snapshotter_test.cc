// SPDX-License-Identifier: Apache-2.0
#include "service/snapshotter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "journal/journal.h"
#include "journal/snapshots.h"
#include "journal/test_folder.h"
#include "service/recovery.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Snapshotting : public ::testing::Test {
 protected:
  void SetUp() override {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal);
    journal_ = std::move(*journal);
  }
  // The record then reaches `seq`.
  void write_up_to(std::uint64_t seq) {
    std::vector<Event> events;
    for (std::uint64_t next = journal_->last_seq() + 1; next <= seq; ++next) {
      events.push_back({next, Time{static_cast<std::int64_t>(next)}, Started{"test"}});
    }
    ASSERT_TRUE(journal_->append(events, UnitTable()));
  }
  SnapshotPlan plan(std::uint64_t every, std::uint64_t at_stop) {
    return {folder_.path(), every, at_stop, [this](std::uint64_t seq) { made_.set_value(seq); }};
  }
  std::vector<std::uint64_t> there() { return list_snapshots(folder_.path()); }

  TestFolder folder_;
  std::unique_ptr<Journal> journal_;
  std::promise<std::uint64_t> made_;
};

TEST_F(Snapshotting, OneIsMadeWhenTheRecordHasComeFarEnough) {
  Snapshotter snapshotter(plan(10, 1'000), 0);
  write_up_to(9);
  snapshotter.reached(9);
  write_up_to(10);
  snapshotter.reached(10);
  EXPECT_EQ(made_.get_future().get(), 10U);
  EXPECT_THAT(there(), ElementsAre(10));
  made_ = {};
  write_up_to(25);
  snapshotter.reached(25);
  EXPECT_EQ(made_.get_future().get(), 25U);
  Engine engine;
  const auto recovered = recover(engine, *journal_, {.data_dir = folder_.path()});
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->snapshot, 25U);
}

TEST_F(Snapshotting, AnOrderlyStopMakesOneWhenThatIsWorthIt) {
  write_up_to(50);
  {
    Snapshotter snapshotter(plan(100, 20), 0);
    snapshotter.reached(50);
  }
  EXPECT_THAT(there(), ElementsAre(50));
}

TEST_F(Snapshotting, AStopSoonAfterTheLastOneMakesNone) {
  write_up_to(50);
  {
    Snapshotter snapshotter(plan(100, 20), 40);
    snapshotter.reached(50);
  }
  EXPECT_THAT(there(), IsEmpty());
}

TEST_F(Snapshotting, NoneAreMadeWhereNoneAreWanted) {
  write_up_to(50);
  {
    Snapshotter snapshotter(plan(0, 1), 0);
    snapshotter.reached(50);
  }
  EXPECT_THAT(there(), IsEmpty());
}

TEST_F(Snapshotting, AFailureIsNotTheEnd) {
  std::ofstream(folder_.path() + "/snapshots") << "in the way";
  write_up_to(30);
  {
    Snapshotter snapshotter(plan(100, 20), 0);
    snapshotter.reached(30);
  }
  std::filesystem::remove(folder_.path() + "/snapshots");
  {
    Snapshotter snapshotter(plan(100, 20), 0);
    snapshotter.reached(30);
  }
  EXPECT_THAT(there(), ElementsAre(30));
}

}  // namespace
}  // namespace ringfence
