// SPDX-License-Identifier: Apache-2.0
#include "audit/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;

TEST(Bundle, KnownBytes) {
  std::string bundle;
  append_entry(bundle, "ab");
  append_entry(bundle, "");
  append_entry(bundle, std::string(258, 'c'));
  EXPECT_EQ(bundle, "\x00\x02"s + "ab" + "\x00\x00"s + "\x01\x02" + std::string(258, 'c'));
  EXPECT_THAT(split_bundle(bundle, 3).value(), ElementsAre("ab", "", std::string(258, 'c')));
}

TEST(Bundle, TheLongestEntry) {
  const std::string longest(kEntryBytesMax, 'x');
  std::string bundle;
  append_entry(bundle, longest);
  EXPECT_EQ(bundle.size(), 2 + kEntryBytesMax);
  EXPECT_THAT(split_bundle(bundle, 1).value(), ElementsAre(longest));
  EXPECT_DEATH(append_entry(bundle, longest + "x"), "16 bits");
}

TEST(Bundle, AnEmptyEntryMayBeTheLast) {
  EXPECT_THAT(split_bundle("\x00\x00"s, 1).value(), ElementsAre(""));
}

TEST(Bundle, HasExactlyItsEntries) {
  std::string bundle;
  append_entry(bundle, "ab");
  append_entry(bundle, "cd");
  EXPECT_TRUE(split_bundle(bundle, 2));
  EXPECT_FALSE(split_bundle(bundle, 1));
  EXPECT_FALSE(split_bundle(bundle, 3));
  EXPECT_FALSE(split_bundle("", 1));
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_EQ(split_bundle(std::string_view(bundle).substr(0, size), 2).error().code,
              ErrorCode::invalid);
  }
  EXPECT_FALSE(split_bundle(bundle + '\0', 2));
}

}  // namespace
}  // namespace ringfence::audit
