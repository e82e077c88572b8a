// SPDX-License-Identifier: Apache-2.0
#include "journal/snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "engine/engine.h"
#include "engine/snapshot.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Time kTime{1'793'872'800'000'000};

RecordPoint at(std::uint64_t seq) { return {seq, sha256("line " + std::to_string(seq))}; }

void write(const TestFolder& folder, std::uint64_t seq) {
  const auto written = write_snapshot(folder.path(), at(seq), kTime, Engine().snapshot());
  ASSERT_TRUE(written) << written.error().text();
}

void put(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

TEST(Snapshots, AFileSaysWhatItIsAndGivesItsStateBack) {
  const TestFolder folder;
  const std::string state = Engine().snapshot();
  write(folder, 7);
  const auto head = read_snapshot_head(folder.path(), 7);
  ASSERT_TRUE(head) << head.error().text();
  EXPECT_EQ(head->at, at(7));
  EXPECT_EQ(head->time, kTime);
  EXPECT_EQ(head->sha256, snapshot_digest(state));
  const auto snapshot = read_snapshot(folder.path(), 7);
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_EQ(snapshot->head.at, at(7));
  EXPECT_EQ(snapshot->state(), state);
}

TEST(Snapshots, AreForTheirOwnerOnly) {
  const TestFolder folder;
  write(folder, 7);
  struct stat status{};
  ASSERT_EQ(::stat(snapshot_path(folder.path(), 7).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat((folder.path() + "/snapshots").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST(Snapshots, TheNewestStayAndWhatAKilledWriterLeftGoes) {
  const TestFolder folder;
  EXPECT_THAT(list_snapshots(folder.path()), IsEmpty());
  write(folder, 9);
  put(folder.path() + "/snapshots/10.snap.x7Yb2c", "half");
  put(folder.path() + "/snapshots/notes.txt", "mine");
  for (const std::uint64_t seq : {20, 100, 11}) write(folder, seq);
  EXPECT_THAT(list_snapshots(folder.path()), ElementsAre(100, 20, 11));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/snapshots/10.snap.x7Yb2c"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/snapshots/notes.txt"));
}

TEST(Snapshots, NamesOfOthersAreNotTaken) {
  const TestFolder folder;
  write(folder, 5);
  for (const char* name :
       {"x.snap", "-1.snap", "0.snap", "7.snap.tmp", "99999999999999999999.snap"})
    put(folder.path() + "/snapshots/" + name, "x");
  EXPECT_THAT(list_snapshots(folder.path()), ElementsAre(5));
}

struct Damage {
  const char* name;
  std::string (*damage)(std::string file);
  const char* says;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t found = text.find(what);
  EXPECT_NE(found, std::string::npos) << what;
  return text.replace(found, what.size(), with);
}

class DamagedSnapshot : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedSnapshot, IsFoundBeforeItIsUsed) {
  const TestFolder folder;
  write(folder, 7);
  const std::string path = snapshot_path(folder.path(), 7);
  put(path, GetParam().damage(*read_file(path, 1 << 20)));
  const auto snapshot = read_snapshot(folder.path(), 7);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::unverifiable);
  EXPECT_THAT(snapshot.error().message, HasSubstr(GetParam().says));
  EXPECT_EQ(snapshot.error().where, path);
}

INSTANTIATE_TEST_SUITE_P(
    Snapshots, DamagedSnapshot,
    ::testing::Values(
        Damage{"empty", [](std::string) { return std::string(); }, "no end"},
        Damage{"no_line", [](std::string f) { return replaced(f, "\n", " "); }, "no"},
        Damage{"garbage", [](std::string f) { return "x" + f; }, "not JSON"},
        Damage{"other_number", [](std::string f) { return replaced(f, "\"seq\":7", "\"seq\":8"); },
               "what it is"},
        Damage{"no_head", [](std::string f) { return replaced(f, "\"head\"", "\"haed\""); },
               "what it is"},
        Damage{"cut", [](std::string f) { return f.substr(0, f.size() - 1); }, "another length"},
        Damage{"longer", [](std::string f) { return f + "x"; }, "another length"},
        Damage{"other_state",
               [](std::string f) {
                 f.back() = static_cast<char>(f.back() ^ 1);
                 return f;
               },
               "another state"},
        Damage{"newer", [](std::string f) { return replaced(f, "\"format\":1", "\"format\":2"); },
               "another version's"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Snapshots, WhereThereIsNoneThatIsSaid) {
  const TestFolder folder;
  EXPECT_EQ(read_snapshot(folder.path(), 7).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_snapshot_head(folder.path(), 7).error().code, ErrorCode::not_found);
}

TEST(Snapshots, AFolderThatCannotBeMadeIsAnError) {
  const TestFolder folder;
  put(folder.path() + "/snapshots", "a file");
  const auto written = write_snapshot(folder.path(), at(7), kTime, Engine().snapshot());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace ringfence
