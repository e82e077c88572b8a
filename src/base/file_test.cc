// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace ringfence {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ringfence-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string at(std::string_view name) const { return folder_ + "/" + std::string(name); }
  static mode_t mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::string folder_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  const std::string contents[] = {"", "x", std::string("\0\n\xFF", 3), std::string(100'000, 'b')};
  for (const std::string& content : contents) {
    ASSERT_TRUE(write_file_atomic(at("f"), content, 0600).has_value());
    EXPECT_EQ(read_file(at("f"), 100'000).value(), content);
    EXPECT_EQ(entries(), 1U);  // no temporary is left
  }
}

TEST_F(FileTest, SetsTheModeAlsoOfAnOldFile) {
  const mode_t old_mask = ::umask(0077);
  ASSERT_TRUE(write_file_atomic(at("f"), "public", 0644).has_value());
  ::umask(old_mask);
  EXPECT_EQ(mode_of(at("f")), 0644U);
  ASSERT_TRUE(write_file_atomic(at("f"), "secret", 0600).has_value());
  EXPECT_EQ(mode_of(at("f")), 0600U);
}

TEST_F(FileTest, ReplacesALinkAndNotItsTarget) {
  ASSERT_TRUE(write_file_atomic(at("target"), "target", 0600).has_value());
  ASSERT_EQ(::symlink(at("target").c_str(), at("f").c_str()), 0);
  ASSERT_TRUE(write_file_atomic(at("f"), "new", 0600).has_value());
  EXPECT_EQ(read_file(at("target"), 100).value(), "target");
  EXPECT_EQ(read_file(at("f"), 100).value(), "new");
}

TEST_F(FileTest, AFailedWriteLeavesTheOldContent) {
  ASSERT_EQ(::mkdir(at("busy").c_str(), 0700), 0);
  ASSERT_TRUE(write_file_atomic(at("busy/f"), "inside", 0600).has_value());
  const auto over_a_folder = write_file_atomic(at("busy"), "x", 0600);
  ASSERT_FALSE(over_a_folder.has_value());
  EXPECT_EQ(over_a_folder.error().code, ErrorCode::unavailable);
  EXPECT_EQ(over_a_folder.error().where, at("busy"));
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(write_file_atomic(at("none/f"), "x", 0600).error().code, ErrorCode::not_found);
}

TEST_F(FileTest, AWriteThatDoesNotFitLeavesTheOldContent) {
  ASSERT_TRUE(write_file_atomic(at("f"), "old", 0600).has_value());
  // A limit on file size stands for the full disk: write fails half way with EFBIG.
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit small{4'096, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = write_file_atomic(at("f"), std::string(10'000, 'n'), 0600);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  EXPECT_EQ(read_file(at("f"), 100).value(), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileTest, ReadErrors) {
  ASSERT_TRUE(write_file_atomic(at("f"), "12345", 0600).has_value());
  EXPECT_EQ(read_file(at("f"), 5).value(), "12345");
  EXPECT_EQ(read_file(at("f"), 4).error().code, ErrorCode::too_large);
  EXPECT_EQ(read_file(at("none"), 5).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder_, 5).error().code, ErrorCode::unavailable);
  EXPECT_EQ(read_file("/dev/zero", 5).error().code, ErrorCode::too_large);  // without end
  EXPECT_EQ(read_file("", 5).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(at("none"), 5).error().where, at("none"));
}

TEST_F(FileTest, MakesFolders) {
  ASSERT_TRUE(make_directories(at("a/b/c")).has_value());
  ASSERT_TRUE(make_directories(at("a/b/c")).has_value());
  ASSERT_TRUE(make_directories(at("a/d/")).has_value());
  EXPECT_EQ(mode_of(at("a")), 0700U);
  EXPECT_EQ(mode_of(at("a/b/c")), 0700U);
  EXPECT_TRUE(make_directories("/").has_value());
}

TEST_F(FileTest, AFileInTheWayOfAFolderIsAnError) {
  ASSERT_TRUE(write_file_atomic(at("f"), "", 0600).has_value());
  EXPECT_FALSE(make_directories(at("f")).has_value());
  EXPECT_FALSE(make_directories(at("f/g")).has_value());
  EXPECT_FALSE(make_directories("").has_value());
}

}  // namespace
}  // namespace ringfence
