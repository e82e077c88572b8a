// SPDX-License-Identifier: Apache-2.0
// TestRecord: a data directory with a journal and its signed record, for tests of this room.
//
// Contract: test support; one thread. Without a service: lines are appended and signed as told.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "journal/schema.h"
#include "journal/sqlite.h"
#include "journal/test_folder.h"
#include "notary/signing.h"

namespace ringfence::notary {

class TestRecord {
 public:
  static constexpr const char* kOrigin = "log.example.org";

  TestRecord() : dir_(folder_.path() + "/data") {}

  const std::string& dir() const { return dir_; }
  std::string beside(const std::string& name) const { return folder_.path() + "/" + name; }

  // `tale` tells two histories apart.
  void append(int count, const std::string& tale = "one") {
    auto journal = Journal::open(dir_);
    ASSERT_TRUE(journal) << journal.error().text();
    std::vector<Event> events;
    for (int i = 0; i < count; ++i) {
      const std::uint64_t seq = (*journal)->last_seq() + 1 + static_cast<std::uint64_t>(i);
      events.push_back({seq, Time{static_cast<std::int64_t>(seq) * 1'000'000},
                        HaltLifted{"halt_" + tale, "operator", {}}});
    }
    ASSERT_TRUE((*journal)->append(events, UnitTable()));
  }

  void sign(const std::string& origin = kOrigin) {
    auto signing = Signing::open(dir_);
    ASSERT_TRUE(signing) << signing.error().text();
    const auto read = (*signing)->catch_up();
    ASSERT_TRUE(read) << read.error().text();
    ASSERT_TRUE((*signing)->sign(origin));
  }

  std::string note() const {
    const auto store = Store::open(dir_, Access::read);
    const auto newest = (*store)->newest();
    return (*newest)->note;
  }

  // The directory as it is now, to come back to.
  void copy_to(const std::string& place) const {
    std::filesystem::copy(dir_, place, std::filesystem::copy_options::recursive);
  }
  void replace_by(const std::string& place) const {
    std::filesystem::remove_all(dir_);
    std::filesystem::copy(place, dir_, std::filesystem::copy_options::recursive);
  }
  void remove(const std::string& name) const {
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(dir_ + "/" + name + part);
  }

  // What an intruder with a shell may do.
  void sql(const std::string& database, const std::string& text) const {
    auto connection = sqlite::Connection::open(dir_ + "/" + database, SQLITE_OPEN_READWRITE);
    ASSERT_TRUE(connection) << connection.error().text();
    const auto done = connection->execute(text.c_str());
    ASSERT_TRUE(done) << done.error().text();
  }
  void edit_line(std::uint64_t seq, const std::string& from, const std::string& to) const {
    sql(journal::kFileName,
        "DROP TRIGGER event_is_never_changed;"
        "UPDATE event SET line = replace(line, '" +
            from + "', '" + to + "') WHERE seq = " + std::to_string(seq));
  }

 private:
  TestFolder folder_;
  std::string dir_;
};

}  // namespace ringfence::notary
