// SPDX-License-Identifier: Apache-2.0
// A node goes on only from a record that contradicts nothing it once signed.
#include "notary/start_check.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "notary/anchor.h"
#include "notary/record_test_support.h"

namespace ringfence::notary {
namespace {

using testing::HasSubstr;

class StartCheck : public ::testing::Test {
 protected:
  void accepts(const std::string& anchor = {}) const {
    const auto checked = check_start(record_.dir(), anchor);
    EXPECT_TRUE(checked) << checked.error().text();
  }
  void refuses(const std::string& why, const std::string& anchor = {}) const {
    const auto checked = check_start(record_.dir(), anchor);
    ASSERT_FALSE(checked) << "expected: " << why;
    EXPECT_EQ(checked.error().code, ErrorCode::unverifiable);
    EXPECT_THAT(checked.error().text(), HasSubstr(why));
    EXPECT_THAT(checked.error().text(), HasSubstr("docs/audit.md")) << "it says what to do";
  }
  void anchor_now() const { ASSERT_TRUE(write_anchor(anchor_, record_.note())); }

  TestRecord record_;
  const std::string anchor_ = record_.beside("anchor");
  const std::string copy_ = record_.beside("copy");
};

TEST_F(StartCheck, ADirectoryThatSignedNothingIsTaken) {
  accepts();
  accepts(anchor_);
  record_.append(10);  // by a version that signed nothing
  accepts(anchor_);
}

TEST_F(StartCheck, AFirstStartThatWasCutShortIsNoObstacle) {
  record_.append(10);
  ASSERT_TRUE(write_file_atomic(record_.dir() + "/audit.db", "", 0600));
  accepts(anchor_);
  ASSERT_TRUE(Store::open(record_.dir(), Access::write));
  accepts(anchor_);
  ASSERT_TRUE(Key::create(record_.dir()));  // and not yet known to the store
  accepts(anchor_);
  record_.sign();
  accepts(anchor_);
}

TEST_F(StartCheck, ARecordThatGrewIsTaken) {
  record_.append(300);
  record_.sign();
  anchor_now();
  accepts(anchor_);
  record_.append(5);
  accepts(anchor_);
  record_.sign();
  accepts(anchor_);  // which is behind
}

TEST_F(StartCheck, AnEditOfWhatWasSignedIsFound) {
  record_.append(40);
  record_.sign();
  record_.edit_line(40, "halt_one", "halt_two");
  refuses("event 40 is not the one that was signed");
}

TEST_F(StartCheck, AJournalThatIsShorterIsFound) {
  record_.append(40);
  record_.copy_to(copy_);
  record_.append(10);
  record_.sign();
  std::filesystem::rename(record_.dir() + "/audit.db", record_.beside("audit.db"));
  std::filesystem::rename(record_.dir() + "/audit.key", record_.beside("audit.key"));
  record_.replace_by(copy_);
  std::filesystem::rename(record_.beside("audit.db"), record_.dir() + "/audit.db");
  std::filesystem::rename(record_.beside("audit.key"), record_.dir() + "/audit.key");
  refuses("rolled back: 50 events were signed");
}

TEST_F(StartCheck, ADirectoryThatWasRolledBackIsFoundByItsAnchor) {
  record_.append(40);
  record_.sign();
  record_.copy_to(copy_);
  record_.append(10);
  record_.sign();
  anchor_now();
  record_.replace_by(copy_);
  accepts();  // alone it cannot know
  refuses("the anchor holds a checkpoint over 50 events", anchor_);
  // Nor does it help to write on from there.
  record_.append(10, "two");
  record_.sign();
  accepts();
  refuses("its first 50 events are not those of the anchor's checkpoint", anchor_);
}

TEST_F(StartCheck, AHistoryThatWasWrittenAnewIsFoundByTheAnchor) {
  record_.append(40);
  record_.sign();
  anchor_now();
  TestRecord other;
  other.append(60, "two");
  std::filesystem::copy_file(record_.dir() + "/audit.key", other.dir() + "/audit.key");
  other.sign();
  record_.replace_by(other.dir());
  accepts();
  refuses("its first 40 events are not those", anchor_);
}

TEST_F(StartCheck, WhatWasSignedMayBeMadeAgainWhereTheAnchorAgrees) {
  record_.append(300);
  record_.sign();
  anchor_now();
  record_.append(20);
  record_.remove("audit.db");
  refuses("audit.key is here and audit.db is not");
  refuses("audit.key is here and audit.db is not", record_.beside("another"));
  accepts(anchor_);
  record_.edit_line(7, "halt_one", "halt_two");
  refuses("its first 300 events are not those", anchor_);
}

TEST_F(StartCheck, TheKeyBelongsToWhatItSigned) {
  record_.append(5);
  record_.sign();
  anchor_now();
  record_.remove("audit.key");
  refuses("the key that signed this record is gone");
  ASSERT_TRUE(Key::create(record_.dir()));
  refuses("another key than the one that signed");
  record_.remove("audit.db");
  refuses("no checkpoint that this installation signed", anchor_);
  record_.remove("audit.key");
  accepts();  // another signed record begins
  refuses("the key that signed it is not here", anchor_);
}

TEST_F(StartCheck, ADamagedStoreIsFound) {
  record_.append(300);
  record_.sign();
  record_.sql("audit.db", "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 1");
  refuses("the newest checkpoint and its tiles differ");
}

TEST_F(StartCheck, ACheckpointThatNobodySignedIsFound) {
  record_.append(3);
  record_.sign();
  record_.sql("audit.db", "UPDATE checkpoint SET note = replace(note, 'log.', 'lag.')");
  refuses("the newest checkpoint and its tiles differ");
}

TEST_F(StartCheck, AnAnchorInTheDirectoryIsRefused) {
  record_.append(1);
  for (const std::string& inside :
       {record_.dir() + "/anchor", record_.dir() + "/../data/anchor", record_.dir() + "/a/b"}) {
    const auto checked = check_start(record_.dir(), inside);
    ASSERT_FALSE(checked) << inside;
    EXPECT_EQ(checked.error().code, ErrorCode::invalid);
    EXPECT_THAT(checked.error().message, HasSubstr("lies in the data directory"));
  }
  EXPECT_TRUE(check_anchor_place(record_.dir() + "-anchor", record_.dir()));
}

TEST_F(StartCheck, AnAnchorOfSomebodyElseIsRefused) {
  record_.append(5);
  record_.sign();
  TestRecord other;
  other.append(5);
  other.sign();
  ASSERT_TRUE(write_anchor(anchor_, other.note()));
  refuses("no checkpoint that this installation signed", anchor_);
  ASSERT_TRUE(write_file_atomic(anchor_, "nonsense", 0644));
  refuses("no checkpoint that this installation signed", anchor_);
}

TEST_F(StartCheck, ANewOriginIsStillOurs) {
  record_.append(5);
  record_.sign("old.example.org");
  anchor_now();
  record_.append(5);
  record_.sign("new.example.org");
  accepts(anchor_);
}

}  // namespace
}  // namespace ringfence::notary
