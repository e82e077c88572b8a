// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/disk.h"

#include <gtest/gtest.h>

#include <set>

namespace ringfence::sim {
namespace {

const std::string kName = "file";
const std::string kOld(2'048, 'o');
const std::string kNew(2'048, 'n');
constexpr std::uint64_t kSeeds = 200;

std::string content(Disk& disk) {
  std::string_view got;
  EXPECT_EQ(disk.read(kName, 0, 1 << 20, got), Outcome::done);
  return std::string(got);
}

class DiskTest : public ::testing::Test {
 protected:
  static void each_seed(const std::function<void(Disk&)>& look) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Clock clock(seed);
      Disk disk(seed, clock);
      ASSERT_EQ(disk.create(kName, true), Outcome::done);
      ASSERT_EQ(disk.write(kName, 0, kOld), Outcome::done);
      ASSERT_EQ(disk.sync(kName, false), Outcome::done);
      look(disk);
    }
  }
};

TEST_F(DiskTest, WhatIsSyncedSurvivesAndWhatIsNotMayDoAnything) {
  bool whole = false, dropped = false, torn = false;
  each_seed([&](Disk& disk) {
    ASSERT_EQ(disk.write(kName, kOld.size(), kNew), Outcome::done);
    disk.die(Death::power);
    disk.restart();
    const std::string found = content(disk);
    ASSERT_EQ(found.substr(0, kOld.size()), kOld);
    const std::string rest = found.substr(kOld.size());
    (rest == kNew ? whole : rest.empty() ? dropped : torn) = true;
  });
  EXPECT_TRUE(whole && dropped && torn);
}

TEST_F(DiskTest, AProcessThatIsKilledLeavesAllItHasWritten) {
  each_seed([](Disk& disk) {
    ASSERT_EQ(disk.write(kName, 0, kNew), Outcome::done);
    disk.die(Death::kill);
    EXPECT_EQ(disk.write(kName, 0, "late"), Outcome::failed);
    disk.restart();
    EXPECT_EQ(content(disk), kNew);
  });
}

TEST_F(DiskTest, WhatAFailedSyncLostNoLaterSyncBrings) {
  bool lost = false, kept = false;
  each_seed([&](Disk& disk) {
    ASSERT_EQ(disk.write(kName, 0, kNew), Outcome::done);
    disk.fail({Operation::sync, 1, false, Outcome::failed});
    ASSERT_EQ(disk.sync(kName, false), Outcome::failed);
    EXPECT_EQ(content(disk), kNew);  // the process still sees it
    ASSERT_EQ(disk.sync(kName, false), Outcome::done);
    disk.die(Death::kill);
    disk.restart();
    (content(disk) == kNew ? kept : lost) = true;
  });
  EXPECT_TRUE(lost && kept);
}

TEST_F(DiskTest, TheNthOperationFailsOnceOrForEver) {
  each_seed([](Disk& disk) {
    disk.fail({Operation::write, 2, false, Outcome::full});
    EXPECT_EQ(disk.write(kName, 0, "a"), Outcome::done);
    EXPECT_EQ(disk.write(kName, 0, "b"), Outcome::full);
    EXPECT_EQ(disk.write(kName, 0, "c"), Outcome::done);
    disk.fail({Operation::write, 1, true, Outcome::failed});
    EXPECT_EQ(disk.write(kName, 0, "d"), Outcome::failed);
    EXPECT_EQ(disk.write(kName, 0, "e"), Outcome::failed);
    disk.heal();
    EXPECT_EQ(disk.write(kName, 0, "f"), Outcome::done);
  });
}

TEST_F(DiskTest, ANewFileIsThereForSureOnceItsFolderWasSynced) {
  std::set<bool> unsynced;
  each_seed([&](Disk& disk) {
    ASSERT_EQ(disk.create("synced", false), Outcome::done);
    ASSERT_EQ(disk.sync("synced", true), Outcome::done);
    ASSERT_EQ(disk.create("new", false), Outcome::done);
    disk.die(Death::power);
    disk.restart();
    EXPECT_TRUE(disk.has("synced"));
    unsynced.insert(disk.has("new"));
  });
  EXPECT_EQ(unsynced.size(), 2U);
}

}  // namespace
}  // namespace ringfence::sim
