// SPDX-License-Identifier: Apache-2.0
#include "base/canonical.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

std::string canonical(std::string_view text) {
  const auto json = Json::parse(text);
  EXPECT_TRUE(json) << text;
  std::string out;
  append_canonical(out, *json);
  return out;
}

TEST(Canonical, SortsMembersAtEveryDepth) {
  EXPECT_EQ(canonical(R"( { "b" : [ { "z":1, "a":2 } ], "a" : null } )"),
            R"({"a":null,"b":[{"a":2,"z":1}]})");
  EXPECT_EQ(canonical("{}"), "{}");
  EXPECT_EQ(canonical("[]"), "[]");
}

// The example of RFC 8785, section 3.2.3: the order is that of UTF-16 code units.
TEST(Canonical, SortsAsRfc8785Does) {
  EXPECT_EQ(canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,
      "\u00f6":7})"),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
            "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

// RFC 8785, section 3.2.2.2.
TEST(Canonical, EscapesAsLittleAsMustBe) {
  EXPECT_EQ(canonical(R"("\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/")"),
            "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
  EXPECT_EQ(canonical(R"("\b\t\n\f\r\u007f")"), "\"\\b\\t\\n\\f\\r\x7f\"");
}

TEST(Canonical, NumbersKeepTheirText) { EXPECT_EQ(canonical("[1.0,1,1E2,-0]"), "[1.0,1,1E2,-0]"); }

TEST(Canonical, DigestsTellContentsApart) {
  const auto digest = [](std::string_view text) { return canonical_digest(*Json::parse(text)); };
  EXPECT_EQ(digest(R"({"a":1,"b":2})"), digest(R"({"b":2,"a":1})"));
  EXPECT_EQ(digest(R"("\u0041")"), digest(R"("A")"));
  EXPECT_NE(digest(R"({"a":1,"b":2})"), digest(R"({"a":2,"b":1})"));
  EXPECT_NE(digest("[1,2]"), digest("[2,1]"));
  EXPECT_NE(digest("\"1\""), digest("1"));
}

}  // namespace
}  // namespace ringfence
