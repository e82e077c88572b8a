// SPDX-License-Identifier: Apache-2.0
#include "service/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "journal/journal.h"
#include "journal/snapshots.h"
#include "journal/sqlite.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

const std::string kVerify = "ringfence audit verify --data ";

// A data directory with the first `count` events of a record that has some of everything.
class Recovering : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file("tests/golden/record.jsonl");  // tests run from the top of the tree
    UnitTable units;
    for (std::string line; std::getline(file, line);) {
      const auto decoded = decode(line, units);
      ASSERT_TRUE(decoded) << decoded.error().text();
      events_.push_back(decoded->event);
    }
    ASSERT_GT(events_.size(), 50U);
    units_ = units;
  }
  void write(std::size_t count) {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal) << journal.error().text();
    const auto done = (*journal)->append(std::span(events_).first(count), units_);
    ASSERT_TRUE(done) << done.error().text();
  }
  void snapshot_at(std::uint64_t seq) {
    Engine engine;
    const auto reader = JournalReader::open(folder_.path());
    const auto end = recover(engine, **reader, {.data_dir = {}, .last = seq});
    ASSERT_TRUE(end) << end.error().text();
    ASSERT_TRUE(write_snapshot(folder_.path(), end->at, engine.last_time(), engine.snapshot()));
  }
  // Recovers, and holds what that comes to against the record read from its first event.
  Result<Recovery> recovered(std::uint64_t last = UINT64_MAX) {
    auto journal = Journal::open(folder_.path());
    Engine engine;
    auto done = recover(engine, **journal, {.data_dir = folder_.path(), .last = last});
    if (!done) return done;
    Engine whole;
    const auto from_first = recover(whole, **journal, {.data_dir = {}, .last = last});
    EXPECT_EQ(from_first->snapshot, 0U);
    EXPECT_EQ(done->at, from_first->at);
    EXPECT_EQ(engine.snapshot(), whole.snapshot());
    return done;
  }
  // The number of the snapshot that it began from.
  std::uint64_t began_at(std::uint64_t last = UINT64_MAX) {
    const auto done = recovered(last);
    EXPECT_TRUE(done) << done.error().text();
    return done ? done->snapshot : 0;
  }
  void damage(std::uint64_t seq) {
    std::fstream file(snapshot_path(folder_.path(), seq),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(400);
    file.put('\x7f');
  }
  // Changes the database behind the journal's back, triggers and all.
  void tamper(const std::string& sql) {
    auto database = sqlite::Connection::open(folder_.path() + "/journal.db", SQLITE_OPEN_READWRITE);
    ASSERT_TRUE(database) << database.error().text();
    const std::string all =
        "DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_removed;" + sql;
    const auto done = database->execute(all.c_str());
    ASSERT_TRUE(done) << done.error().text();
  }

  TestFolder folder_;
  std::vector<Event> events_;
  UnitTable units_;
};

TEST_F(Recovering, GoesOnFromTheNewestSnapshot) {
  write(50);
  EXPECT_EQ(began_at(), 0U);
  snapshot_at(20);
  snapshot_at(40);
  EXPECT_EQ(began_at(), 40U);
  snapshot_at(50);
  EXPECT_EQ(began_at(), 50U) << "nothing follows it";
}

TEST_F(Recovering, APastEventIsReachedFromTheSnapshotBeforeIt) {
  write(50);
  snapshot_at(20);
  snapshot_at(40);
  EXPECT_EQ(began_at(39), 20U);
  EXPECT_EQ(began_at(40), 40U);
  EXPECT_EQ(began_at(19), 0U);
  EXPECT_EQ(recovered(45)->at.seq, 45U);
  EXPECT_EQ(recovered(0)->at, RecordPoint{});
}

TEST_F(Recovering, ADamagedSnapshotIsLeftOut) {
  write(50);
  snapshot_at(20);
  snapshot_at(40);
  damage(40);
  EXPECT_EQ(began_at(), 20U);
  damage(20);
  EXPECT_EQ(began_at(), 0U);
}

TEST_F(Recovering, ASnapshotOfAnotherRecordIsLeftOut) {
  write(50);
  snapshot_at(20);
  Engine engine;
  const auto reader = JournalReader::open(folder_.path());
  const auto end = recover(engine, **reader, {.data_dir = {}, .last = 40});
  ASSERT_TRUE(end);
  const RecordPoint elsewhere{40, sha256("another line")};
  ASSERT_TRUE(write_snapshot(folder_.path(), elsewhere, engine.last_time(), engine.snapshot()));
  EXPECT_EQ(began_at(), 20U);
}

TEST_F(Recovering, ASnapshotOfAnotherEventIsLeftOut) {
  write(50);
  Engine engine;
  const auto reader = JournalReader::open(folder_.path());
  ASSERT_TRUE(recover(engine, **reader, {.data_dir = {}, .last = 39}));
  const RecordPoint there{40, sha256(**(*reader)->line(40))};
  ASSERT_TRUE(write_snapshot(folder_.path(), there, engine.last_time(), engine.snapshot()));
  EXPECT_EQ(began_at(), 0U);
}

TEST_F(Recovering, ARecordThatEndsBeforeItsSnapshotIsRefused) {
  write(50);
  snapshot_at(50);
  tamper("DELETE FROM event WHERE seq > 45");
  const auto refused = recovered();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unverifiable);
  EXPECT_THAT(refused.error().message, HasSubstr("ends at event 45"));
  EXPECT_THAT(refused.error().message, HasSubstr("at event 50"));
  EXPECT_THAT(refused.error().message, HasSubstr(kVerify + folder_.path()));
  EXPECT_THAT(refused.error().message, HasSubstr("ringfence restore"));
  EXPECT_TRUE(recovered(45)) << "a look back is at what there is";
  damage(50);
  EXPECT_EQ(began_at(), 0U) << "one that is damaged says nothing of the record";
}

TEST_F(Recovering, ADamagedRecordStopsItWithAWayOut) {
  write(50);
  snapshot_at(20);
  tamper("UPDATE event SET line = replace(line, '\"seq\":30', '\"seq\":31') WHERE seq = 30");
  const auto refused = recovered();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unverifiable);
  EXPECT_THAT(refused.error().message, HasSubstr("damaged at event 30"));
  EXPECT_THAT(refused.error().message, HasSubstr(kVerify + folder_.path()));
}

TEST_F(Recovering, TheLineOfTheSnapshotItselfIsHeldAgainstIt) {
  write(50);
  snapshot_at(40);
  tamper("UPDATE event SET line = replace(line, '\"time\":\"20', '\"time\":\"21') WHERE seq = 40");
  const auto refused = recovered();
  ASSERT_FALSE(refused) << "from its first event the record is read, and found damaged";
  EXPECT_THAT(refused.error().message, HasSubstr("damaged at event 4"));
}

TEST_F(Recovering, CanBeGivenUpOnTheWay) {
  write(50);
  Engine engine;
  const auto reader = JournalReader::open(folder_.path());
  RecoveryPlan plan;
  plan.progress_every = 10;
  plan.on_progress = [](std::uint64_t seq) { return seq < 30; };
  const auto given_up = recover(engine, **reader, plan);
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code, ErrorCode::closed);
  EXPECT_EQ(engine.last_seq(), 29U);
}

}  // namespace
}  // namespace ringfence
