// SPDX-License-Identifier: Apache-2.0
#include "policy/yaml_json.h"

#include <gmock/gmock.h>

#include "policy/problems.h"

namespace ringfence {
namespace {

std::optional<PlacedJson> read(std::string_view text, Problems& problems) {
  YamlTree tree;
  if (!tree.parse(text, problems)) return std::nullopt;
  return to_json(problems, tree.roots().front());
}

std::string json_of(std::string_view text) {
  Problems problems("p.yaml");
  const auto placed = read(text, problems);
  return placed ? placed->value.text() : problems.error().message;
}

TEST(YamlJson, CoreSchema) {
  EXPECT_EQ(json_of("[5, -1, 1.5e3, 1E-2, 0, -0.50]"), "[5,-1,1.5e3,1E-2,0,-0.50]");
  EXPECT_EQ(json_of("[true, false, True, FALSE, null, Null, ~, ]"),
            "[true,false,true,false,null,null,null]");
  EXPECT_EQ(json_of("a:\nb: 1"), R"({"a":null,"b":1})");
  EXPECT_EQ(json_of(R"(["5", 'true', "null", "", ''])"), R"(["5","true","null","",""])");
  EXPECT_EQ(json_of("[yes, no, on, tRue, 1.2.3, 2026-01-01, 1-2, e5]"),
            R"(["yes","no","on","tRue","1.2.3","2026-01-01","1-2","e5"])");
  EXPECT_EQ(json_of("[., 10.0.0.1, ^\\d$, 1_000]"), R"([".","10.0.0.1","^\\d$","1_000"])");
  EXPECT_EQ(json_of("{5: a, true: b}"), R"({"5":"a","true":"b"})");
}

TEST(YamlJson, RefusesNumbersThatJsonWritesOtherwise) {
  for (const char* text : {"+1", "0x10", "0o17", "010", ".5", "5.", ".inf", "-.INF", ".nan", "1e",
                           "11111111111111111111111111111111111111111"}) {
    EXPECT_THAT(
        json_of("a: " + std::string(text)),
        testing::StartsWith("p.yaml:1:4: found `" + std::string(text) + "`; expected a num"))
        << text;
  }
}

TEST(YamlJson, KeepsPlaces) {
  Problems problems("p.yaml");
  const auto placed =
      read("type: object\nproperties:\n  a/b: {type: string}\n  c: [1, 2]\n", problems);
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->mark("/properties/a~1b/type", true), (Mark{3, 9}));
  EXPECT_EQ(placed->mark("/properties/a~1b/type", false), (Mark{3, 15}));
  EXPECT_EQ(placed->mark("/properties/c/1", false), (Mark{4, 10}));
  EXPECT_EQ(placed->mark("/properties/c/7/x", true), (Mark{4, 6}));
  EXPECT_EQ(placed->mark("", false), (Mark{1, 1}));
}

}  // namespace
}  // namespace ringfence
