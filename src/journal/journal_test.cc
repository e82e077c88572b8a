// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "engine/event_sample.h"
#include "engine/line_bounds.h"
#include "journal/schema.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

Event note(std::uint64_t seq, std::string version = "test") {
  return {seq, Time{1'793'872'200'000'000 + static_cast<std::int64_t>(seq)},
          Started{std::move(version)}};
}

std::vector<Event> notes(std::uint64_t first, std::size_t count) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(note(first + i));
  return events;
}

std::unique_ptr<Journal> open(const TestFolder& folder) {
  auto journal = Journal::open(folder.path());
  EXPECT_TRUE(journal) << journal.error().text();
  return journal ? std::move(*journal) : nullptr;
}

std::vector<std::uint64_t> replayed(Journal& journal) {
  std::vector<std::uint64_t> numbers;
  UnitTable units;
  const auto done = journal.replay(units, [&](const Event& event) -> Result<void> {
    numbers.push_back(event.seq);
    return {};
  });
  EXPECT_TRUE(done) << done.error().text();
  return numbers;
}

// Changes the database behind the journal's back, triggers and all.
void tamper(const TestFolder& folder, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/journal.db").c_str(), &db), SQLITE_OK);
  const std::string all =
      "DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_removed;" + sql;
  ASSERT_EQ(sqlite3_exec(db, all.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

TEST(Journal, KeepsWhatWasAppendedAcrossOpens) {
  const TestFolder folder;
  Digest head{};
  {
    const auto journal = open(folder);
    EXPECT_EQ(journal->last_seq(), 0U);
    const auto lines = journal->append(notes(1, 3), UnitTable());
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 3U);
    EXPECT_EQ(lines->at(2).seq, 3U);
    EXPECT_EQ(journal->head(), sha256(lines->at(2).line));
    ASSERT_TRUE(journal->append({}, UnitTable()));
    EXPECT_EQ(journal->last_seq(), 3U);
    head = journal->head();
  }
  const auto journal = open(folder);
  EXPECT_EQ(journal->last_seq(), 3U);
  EXPECT_EQ(journal->head(), head);
  EXPECT_EQ(replayed(*journal), (std::vector<std::uint64_t>{1, 2, 3}));
  ASSERT_TRUE(journal->append(notes(4, 1), UnitTable()));
  EXPECT_EQ(replayed(*journal).size(), 4U);
}

TEST(Journal, IsForItsOwnerOnly) {
  const TestFolder folder;
  const auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 1), UnitTable()));
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm", "lock"}) {
    struct stat status{};
    ASSERT_EQ(::stat((folder.path() + "/" + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
}

TEST(Journal, RefusesEventsOutOfSequence) {
  const TestFolder folder;
  const auto journal = open(folder);
  EXPECT_FALSE(journal->append(notes(2, 1), UnitTable()));
  EXPECT_FALSE(journal->append(notes(0, 2), UnitTable()));
  ASSERT_TRUE(journal->append(notes(1, 1), UnitTable()));
  EXPECT_FALSE(journal->append(notes(1, 1), UnitTable()));
}

TEST(Journal, EveryKindOfEventReplays) {
  const TestFolder folder;
  testing::Sampler sampler(7);
  std::vector<Event> events;
  for (std::size_t i = 0; i < 20 * std::variant_size_v<EventBody>; ++i) {
    events.push_back(sampler.event(i % std::variant_size_v<EventBody>));
    events.back().seq = i + 1;
  }
  ASSERT_TRUE(open(folder)->append(events, sampler.units));
  EXPECT_EQ(replayed(*open(folder)).size(), events.size());
}

// Case H12.
TEST(Journal, ASecondOwnerIsRefusedWithTheFirstOnesPid) {
  const TestFolder folder;
  auto first = open(folder);
  const auto second = Journal::open(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(::getpid())));
  first.reset();
  EXPECT_TRUE(Journal::open(folder.path()));
}

TEST(Journal, APidLeftByAKilledOwnerDoesNotBlock) {
  const TestFolder folder;
  std::ofstream(folder.path() + "/lock") << "1\n";
  EXPECT_TRUE(Journal::open(folder.path()));
}

TEST(Journal, FoldersThatCannotBeWrittenAreNamed) {
  const TestFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  const auto journal = Journal::open(folder.path() + "/file/data");
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::unavailable);
  EXPECT_THAT(journal.error().text(), HasSubstr(folder.path()));
}

TEST(Journal, WhatIsNoJournalIsRefused) {
  const TestFolder folder;
  std::ofstream(folder.path() + "/journal.db") << std::string(8'192, 'x');
  const auto journal = Journal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::unverifiable);
}

TEST(Journal, ANewerFormatIsRefused) {
  const TestFolder folder;
  ASSERT_TRUE(open(folder)->append(notes(1, 1), UnitTable()));
  tamper(folder, "UPDATE meta SET value = '2' WHERE name = 'format'");
  const auto journal = Journal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::unverifiable);
  EXPECT_THAT(journal.error().message, HasSubstr("format 2"));
}

TEST(Journal, TheTableRefusesChanges) {
  const TestFolder folder;
  ASSERT_TRUE(open(folder)->append(notes(1, 2), UnitTable()));
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/journal.db").c_str(), &db), SQLITE_OK);
  for (const char* sql :
       {"UPDATE event SET line = '' WHERE seq = 1", "DELETE FROM event",
        "INSERT INTO event VALUES (0, 'x')", "INSERT INTO event VALUES (3, NULL)"}) {
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_CONSTRAINT) << sql;
  }
  sqlite3_close(db);
}

struct Damage {
  const char* name;
  const char* sql;
  std::uint64_t first_bad;
};

class Damaged : public ::testing::TestWithParam<Damage> {};

TEST_P(Damaged, IsFoundFromTheLogAlone) {
  const TestFolder folder;
  ASSERT_TRUE(open(folder)->append(notes(1, 5), UnitTable()));
  tamper(folder, GetParam().sql);
  const auto journal = Journal::open(folder.path());
  ASSERT_TRUE(journal);
  UnitTable units;
  const auto replayed = (*journal)->replay(units, [](const Event&) -> Result<void> { return {}; });
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, ErrorCode::unverifiable);
  EXPECT_EQ(replayed.error().where, "event " + std::to_string(GetParam().first_bad));
}

INSTANTIATE_TEST_SUITE_P(
    Journal, Damaged,
    ::testing::Values(
        Damage{"edit", "UPDATE event SET line = replace(line, 'test', 'tesT') WHERE seq = 2", 3},
        Damage{"removal", "DELETE FROM event WHERE seq = 3", 3},
        Damage{"removal_of_the_first", "DELETE FROM event WHERE seq = 1", 1},
        Damage{"renumbering",
               "DELETE FROM event WHERE seq = 3;"
               "UPDATE event SET seq = seq - 1 WHERE seq > 3",
               3},
        Damage{"swap",
               "UPDATE event SET seq = 9 WHERE seq = 2;"
               "UPDATE event SET seq = 2 WHERE seq = 3;"
               "UPDATE event SET seq = 3 WHERE seq = 9",
               2},
        Damage{"insertion",
               "UPDATE event SET seq = 6 WHERE seq = 5;"
               "INSERT INTO event SELECT 5, line FROM event WHERE seq = 4",
               5},
        Damage{"garbage", "UPDATE event SET line = 'x' WHERE seq = 5", 5},
        Damage{"extra_member",
               "UPDATE event SET line = replace(line, '}', ',\"x\":1}') WHERE seq = 5", 5}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Journal, AFailureOfTheCallerEndsAReplay) {
  const TestFolder folder;
  const auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 3), UnitTable()));
  UnitTable units;
  int calls = 0;
  const auto done = journal->replay(units, [&](const Event&) -> Result<void> {
    return ++calls == 2 ? Result<void>(invalid("enough")) : Result<void>();
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(calls, 2);
}

TEST(JournalReader, PagesThroughALiveJournal) {
  const TestFolder folder;
  const auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 10), UnitTable()));
  const auto reader = JournalReader::open(folder.path());
  ASSERT_TRUE(reader) << reader.error().text();
  auto page = (*reader)->read(0, 4);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->size(), 4U);
  EXPECT_EQ(page->front().seq, 1U);
  ASSERT_TRUE(journal->append(notes(11, 1), UnitTable()));
  page = (*reader)->read(8, 100);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->size(), 3U);
  EXPECT_TRUE((*reader)->read(UINT64_MAX, 10)->empty());
}

TEST(JournalReader, GivesWholePagesToTheEnd) {
  const TestFolder folder;
  const auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 5'000), UnitTable()));
  const auto reader = JournalReader::open(folder.path());
  ASSERT_TRUE(reader) << reader.error().text();
  std::uint64_t last = 0;
  int pages = 0;
  for (;; ++pages) {
    const auto page = (*reader)->page(last);
    ASSERT_TRUE(page) << page.error().text();
    if (page->rows.empty()) break;
    for (const LinePage::Row& row : page->rows) {
      ASSERT_EQ(row.seq, ++last);
      ASSERT_EQ((*reader)->line(row.seq)->value(), page->line(row));
    }
  }
  EXPECT_EQ(last, 5'000U);
  EXPECT_EQ(pages, 2);
}

// Whether the bytes are in the database or its log, as files.
bool holds(const TestFolder& folder, const std::string& bytes) {
  std::string files;
  for (const char* name : {"/journal.db", "/journal.db-wal"}) {
    std::ifstream file(folder.path() + name, std::ios::binary);
    files.append(std::istreambuf_iterator<char>(file), {});
  }
  return files.find(bytes) != std::string::npos;
}

TEST(JournalReader, GivesWhatLiesBesideAnEventAsLongAsItIsThere) {
  const TestFolder folder;
  auto journal = open(folder);
  const Payload payload{2, R"({"to":"漢"})"};
  ASSERT_TRUE(journal->append(notes(1, 2), UnitTable(), {&payload, 1}));
  const auto reader = JournalReader::open(folder.path());
  ASSERT_TRUE(reader) << reader.error().text();
  auto found = (*reader)->payload(2);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, payload.bytes);
  found = (*reader)->payload(1);
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  EXPECT_EQ(*(*reader)->last_payload_before(Time{}, 9), 0U);
  EXPECT_EQ(*(*reader)->last_payload_before(Time::max(), 9), 2U);
  // It may be erased: the record does not rest on it, and says that it was.
  Event erased;
  erased.seq = 3;
  erased.body = PayloadsErased{1, 2, "ann", "asked for"};
  ASSERT_TRUE(journal->append(std::span(&erased, 1), UnitTable()));
  found = (*reader)->payload(2);
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  journal.reset();
  EXPECT_EQ(replayed(*open(folder)).size(), 3U);
  EXPECT_FALSE(holds(folder, payload.bytes)) << "erased is overwritten";
}

// Whoever reads as of before it keeps it alive, in the database and in its log.
TEST(Journal, WhatIsErasedLeavesTheLogOnceNobodyReadsIt) {
  const TestFolder folder, after_crash;
  const std::string bytes = "{\"to\":\"ann\"}";
  auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 1), UnitTable()));
  const Payload payload{2, bytes};
  ASSERT_TRUE(journal->append(notes(2, 1), UnitTable(), {&payload, 1}));
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/journal.db").c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT * FROM payloads", nullptr, nullptr, nullptr),
            SQLITE_OK);
  Event erased;
  erased.seq = 3;
  erased.body = PayloadsErased{1, 2, "ann", "asked for"};
  ASSERT_TRUE(journal->append({&erased, 1}, UnitTable()));
  EXPECT_TRUE(holds(folder, bytes)) << "it is being read";
  for (const char* name : {"/journal.db", "/journal.db-wal"}) {
    std::filesystem::copy_file(folder.path() + name, after_crash.path() + name);
  }
  sqlite3_close(reader);
  for (std::uint64_t seq = 4; seq <= 6; ++seq) {
    ASSERT_TRUE(journal->append(notes(seq, 1), UnitTable()));
  }
  EXPECT_FALSE(holds(folder, bytes));
  // Nor does a process that was killed leave it to its successor.
  const auto next = open(after_crash);
  ASSERT_TRUE(next->append(notes(4, 1), UnitTable()));
  EXPECT_FALSE(holds(after_crash, bytes));
}

TEST(JournalReader, ReadsAClosedJournalAndSaysWhereThereIsNone) {
  const TestFolder folder;
  const auto none = JournalReader::open(folder.path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  ASSERT_TRUE(open(folder)->append(notes(1, 2), UnitTable()));
  const auto reader = JournalReader::open(folder.path());
  ASSERT_TRUE(reader) << reader.error().text();
  EXPECT_EQ((*reader)->read(0, 10)->size(), 2U);
}

TEST(Journal, ALineThatNoBundleHoldsIsNotAppended) {
  const TestFolder folder;
  const auto journal = open(folder);
  const Event event{1, Time{}, PolicyText{"sha", 1, std::string(kLineBytesMax, 'x')}};
  const auto refused = journal->append({&event, 1}, UnitTable());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  EXPECT_EQ(refused.error().where, "policy_text");
  EXPECT_EQ(journal->last_seq(), 0U);
}

// 24 MB in 60 commits.
void append_much(Journal& journal) {
  const std::string text(40'000, 'x');
  for (int i = 0; i < 60; ++i) {
    std::vector<Event> events;
    for (int part = 1; part <= 10; ++part) {
      const std::uint64_t seq = journal.last_seq() + events.size() + 1;
      events.push_back({seq, Time{}, PolicyText{"sha", part, text}});
    }
    ASSERT_TRUE(journal.append(events, UnitTable()));
  }
}

off_t log_size(const TestFolder& folder) {
  struct stat status{};
  EXPECT_EQ(::stat((folder.path() + "/journal.db-wal").c_str(), &status), 0);
  return status.st_size;
}

TEST(Journal, TheLogIsCopiedBackWhileItRuns) {
  const TestFolder folder;
  const auto journal = open(folder);
  append_much(*journal);
  EXPECT_LT(log_size(folder), 6 << 20);
  EXPECT_EQ(replayed(*journal).size(), 600U);
}

TEST(Journal, AReaderInMidReadMakesTheLogGrowButDoesNotStopTheWriter) {
  const TestFolder folder;
  const auto journal = open(folder);
  ASSERT_TRUE(journal->append(notes(1, 10), UnitTable()));
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/journal.db").c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM event", nullptr, nullptr, nullptr),
            SQLITE_OK);
  append_much(*journal);
  const off_t grown = log_size(folder);
  EXPECT_GT(grown, 20 << 20);
  sqlite3_close(db);
  append_much(*journal);
  EXPECT_LT(log_size(folder), grown + (6 << 20));  // it starts over
  EXPECT_EQ(replayed(*journal).size(), 1'210U);
}

}  // namespace
}  // namespace ringfence
