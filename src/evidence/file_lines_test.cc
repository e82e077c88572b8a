// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <fstream>

#include "engine/event_fields.h"
#include "evidence/lines.h"
#include "journal/test_folder.h"

namespace ringfence::evidence {
namespace {

using ::testing::HasSubstr;

// The lines' lengths.
Result<std::vector<std::size_t>> lengths(const std::string& text) {
  const TestFolder folder;
  const std::string path = folder.path() + "/events.jsonl";
  std::ofstream(path, std::ios::binary) << text;
  const auto lines = lines_of_file(path);
  if (!lines) return std::unexpected(lines.error());
  std::vector<std::size_t> found;
  for (;;) {
    const auto page = (*lines)->next();
    if (!page) return std::unexpected(page.error());
    if (page->rows.empty()) return found;
    for (const LinePage::Row& row : page->rows) found.push_back(row.size);
  }
}

// Earlier versions wrote a policy into one line, however long.
TEST(FileLines, AreAsLongAsAnEventMayBeWhereverTheyStand) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  for (const std::size_t before : {std::size_t{0}, kMiB / 2, kMiB - 200'000, kMiB - 10, kMiB}) {
    for (const std::size_t length : {std::size_t{65'536}, std::size_t{200'000}, 3 * kMiB}) {
      const auto found =
          lengths(std::string(before, 'a') + "\n" + std::string(length, 'b') + "\nc\n");
      ASSERT_TRUE(found) << before << " " << length << found.error().text();
      EXPECT_THAT(*found, ::testing::ElementsAre(before, length, 1U));
    }
  }
}

TEST(FileLines, AreNoLongerThanAnEvent) {
  const auto found =
      lengths(std::string(codec::kEventBytesMax + (std::size_t{2} << 20), 'a') + "\n");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unverifiable);
  EXPECT_THAT(found.error().text(), HasSubstr("longer"));
}

TEST(FileLines, AreEnded) {
  const auto found = lengths("a\nb");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().text(), HasSubstr("line 2 is cut off"));
}

}  // namespace
}  // namespace ringfence::evidence
