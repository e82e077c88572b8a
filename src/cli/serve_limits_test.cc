// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

TEST(ServeLimits, EachNameSetsItsOwn) {
  const std::vector<LimitRow> defaults = limit_rows({});
  for (std::size_t i = 0; i < defaults.size(); ++i) {
    const std::int64_t other = defaults[i].value - 1;
    const auto limits = parse_limits({defaults[i].name + "=" + std::to_string(other)});
    ASSERT_TRUE(limits.has_value()) << limits.error().text();
    const std::vector<LimitRow> rows = limit_rows(*limits);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      EXPECT_EQ(rows[j].value, i == j ? other : defaults[j].value)
          << defaults[i].name << " and " << rows[j].name;
    }
  }
}

TEST(ServeLimits, RefusesWhatItDoesNotTake) {
  for (const char* bad :
       {"", "connections", "connections=", "connections=0", "connections=x", "connections=1x",
        "connections=-1", "idle_seconds=1.5", "cats=3", "body_bytes=99999999999999999999", "=5"}) {
    const auto limits = parse_limits({bad});
    ASSERT_FALSE(limits.has_value()) << bad;
    EXPECT_EQ(limits.error().code, ErrorCode::invalid);
    EXPECT_EQ(limits.error().where, "--limit");
  }
  EXPECT_THAT(parse_limits({"cats=3"}).error().message, HasSubstr("requests_per_connection"));
  EXPECT_EQ(parse_limits({"connections=5", "connections=6"})->connections_max, 6u);
}

TEST(ServeLimits, ThePageShowsTheTable) {
  const auto page = read_file("docs/serve.md", 1 << 20);
  ASSERT_TRUE(page.has_value()) << page.error().text();
  for (const LimitRow& row : limit_rows({})) {
    EXPECT_THAT(*page, HasSubstr("| `" + row.name + "` | " + std::to_string(row.value) + " | " +
                                 row.beyond + " |"));
  }
}

TEST(ServeLimits, DescriptorsBoundConnections) {
  http::ServerLimits limits;
  limits.connections_max = 100'000'000'000;
  const bool lowered = make_room_for_connections(limits);
  EXPECT_EQ(lowered, limits.connections_max < 100'000'000'000);
  limits.connections_max = 1;
  EXPECT_FALSE(make_room_for_connections(limits));
  EXPECT_EQ(limits.connections_max, 1u);
}

}  // namespace
}  // namespace ringfence
