// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

using std::string_literals::operator""s;

std::string deep(std::size_t segments) {
  std::string path = "a";
  for (std::size_t i = 1; i < segments; ++i) path += "/a";
  return path;
}

TEST(AccountPath, Accepts) {
  const std::string longest(kSegmentMax, 'a');
  for (const std::string& path : {"/"s, "a"s, "7"s, "acme/research/reviewer-7"s, "a.b_c-d"s,
                                  "a..b"s, "1/2/3"s, longest, longest + "/" + longest, deep(16)}) {
    EXPECT_TRUE(check_account_path(path).has_value()) << path;
  }
}

TEST(AccountPath, Refuses) {
  const std::string rows[] = {
      "",
      "//",
      "/a",
      "a/",
      "a//b",
      "A",
      "acme/Research",
      ".",
      "..",
      "../a",
      "a/../b",
      "a/.",
      "-a",
      "_a",
      ".a",
      "a b",
      "a\\b",
      "a:b",
      "a*",
      "a/*",
      "a/**",
      "a\tb",
      "a\nb",
      "a\x1b[31m",
      "a\0b"s,
      "\xC3\xA9",
      "a%2fb",
      " a",
      "a ",
      "~",
      std::string(kSegmentMax + 1, 'a'),
      deep(17),
      std::string(1 << 20, '/'),
  };
  for (const std::string& path : rows) {
    const auto checked = check_account_path(path);
    ASSERT_FALSE(checked.has_value()) << path.substr(0, 40);
    EXPECT_EQ(checked.error().code, ErrorCode::invalid);
    EXPECT_EQ(checked.error().text().find('\x1b'), std::string::npos);
  }
}

TEST(AccountPath, Family) {
  const struct {
    const char* path;
    const char* parent;
    std::vector<std::string_view> segments;
  } rows[] = {
      {"/", "", {}},
      {"a", "/", {"a"}},
      {"a/b", "a", {"a", "b"}},
      {"a/b/c", "a/b", {"a", "b", "c"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(parent_path(row.path), row.parent);
    EXPECT_EQ(path_segments(row.path), row.segments);
    if (!row.segments.empty()) {
      EXPECT_EQ(join_path(row.parent, row.segments.back()), row.path);
    }
  }
}

TEST(AccountPath, Within) {
  const struct {
    const char* path;
    const char* ancestor;
    bool within;
  } rows[] = {
      {"/", "/", true},       {"a", "/", true},   {"a/b", "/", true},     {"/", "a", false},
      {"a", "a", true},       {"a/b", "a", true}, {"a/b/c", "a/b", true}, {"a", "a/b", false},
      {"ab", "a", false},     {"a", "ab", false}, {"a-b/c", "a", false},  {"b/a", "a", false},
      {"a/bc", "a/b", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(path_within(row.path, row.ancestor), row.within)
        << row.path << " in " << row.ancestor;
  }
}

}  // namespace
}  // namespace ringfence
