// SPDX-License-Identifier: Apache-2.0
#include "http/headers.h"

#include <gtest/gtest.h>

namespace ringfence::http {
namespace {

TEST(Headers, KeepsOrderAndDuplicatesAndFindsWithoutCase) {
  Headers h{{"Accept", "a"}, {"X-One", "1"}};
  h.add("accept", "b");
  EXPECT_EQ(h.find("ACCEPT"), "a");
  EXPECT_EQ(h.all("Accept"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(h.find("absent"), std::nullopt);
  EXPECT_EQ(h.begin()->name, "Accept");
  EXPECT_EQ(h.size(), 3u);
}

TEST(Headers, SetReplacesAllAtThePlaceOfTheFirst) {
  Headers h{{"a", "1"}, {"B", "2"}, {"A", "3"}};
  h.set("A", "9");
  EXPECT_EQ(h, (Headers{{"A", "9"}, {"B", "2"}}));
  h.set("c", "4");
  EXPECT_EQ(h.find("C"), "4");
  EXPECT_EQ(h.remove("a"), 1u);
  EXPECT_EQ(h.remove("a"), 0u);
}

TEST(Headers, TokensOfListFields) {
  const Headers h{{"Connection", "keep-alive , Upgrade"}, {"connection", ",,close"}};
  EXPECT_TRUE(h.has_token("connection", "upgrade"));
  EXPECT_TRUE(h.has_token("connection", "CLOSE"));
  EXPECT_FALSE(h.has_token("connection", "clos"));
  EXPECT_FALSE(h.has_token("connection", "keep-alive , Upgrade"));
}

TEST(Headers, NamesAndValuesThatMayGoOntoAWire) {
  EXPECT_TRUE(is_valid_header_name("x-request-id"));
  for (std::string_view bad : {"", "a b", "a:", "a\r", "\xc3\xa4", "a(b)"}) {
    EXPECT_FALSE(is_valid_header_name(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_header_name(std::string_view("a\0b", 3)));
  for (std::string_view good : {"", "a", "a b\tc", "\xc3\xa4"}) {
    EXPECT_TRUE(is_valid_header_value(good)) << good;
  }
  for (std::string_view bad : {"a\r\nb: c", "a\n", "\x01", "\x7f", " a", "a\t"}) {
    EXPECT_FALSE(is_valid_header_value(bad)) << bad;
  }
  EXPECT_FALSE(is_valid_header_value(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace ringfence::http
