// SPDX-License-Identifier: Apache-2.0
// Hostile and broken YAML: refused with a place, in bounded time and memory.
#include "policy/yaml_tree.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

using namespace std::string_view_literals;

std::string problems_of(std::string_view text) {
  Problems problems("p.yaml");
  YamlTree tree;
  tree.parse(text, problems);
  return problems.error().message;
}

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view problem;
};

TEST(YamlTree, Refuses) {
  const Case cases[] = {
      {"empty", "", "p.yaml:1:1: found an empty document"},
      {"only a comment", "# nothing\n", "p.yaml:1:1: found an empty document"},
      {"duplicate key", "a: 1\nb: 2\na: 3\n", "p.yaml:3:1: found the key `a` again"},
      {"duplicate key, quoted", "{\"a\": 1, a: 2}", "p.yaml:1:10: found the key `a` again"},
      {"nested duplicate", "x:\n  - {k: 1,\n     k: 2}\n", "p.yaml:3:6: found the key `k` again"},
      {"anchor", "a: &x 1\n", "p.yaml:1:4: found an anchor"},
      {"alias", "a: 1\nb: *x\n", "p.yaml:2:"},
      {"alias loop", "a: &x [*x]\n", "found an anchor"},
      {"merge", "a: {b: 1}\nc:\n  <<: *a\n", "p.yaml:3:"},
      {"tag", "a: !!str 1\n", "p.yaml:1:4: found a tag"},
      {"own tag", "a: !x {b: 1}\n", "found a tag"},
      {"second document without a marker", "{a: 1} {b: 2}", "p.yaml:1:"},
      {"list as key", "[a]: 1\n", "p.yaml:1:1: found a list as a key"},
      {"nothing as key", "? \n: 1\n", "found nothing as a key"},
      {"tab indent", "a:\n\tb: 1\n",
       "p.yaml:2:1: found a tab at the beginning of a line; expected"},
      {"tab behind spaces", "a:\n  \tb: 1\n", "p.yaml:2:3: found a tab"},
      {"tab before an item", "a:\n\t- b\n", "p.yaml:2:1: found a tab"},
      {"tab after spaces above", "a:\n  b: 1\n\tc: 1\n", "p.yaml:3:1: found a tab"},
      {"a broken map in JSON with tabs", "{\n\t\"a\": 1\n\t\"b\": 2}",
       "found a list or a map without"},
      {"unclosed", "a: [1, 2\n", "found a list or a map without its end; expected it closed"},
      {"two keys in a line", "a: b: c\n", "p.yaml:1:5: found `:` where no key can be"},
      {"an item in a value", "a: - b\n", "found `-` where no list can be"},
      {"a backslash", "a: \"\\d\"\n", "expected single quotes around it"},
      {"anchors upon anchors", "a: &x &y 1\n", "found an anchor or an alias; expected the value"},
      {"unclosed quote", "a: \"x\n", "p.yaml:1:4: found a quote without its end"},
      {"unclosed quote that swallows", "ü: 1\na: \"x\\\"\nb: 2\n", "p.yaml:2:4: found a quote"},
      {"unclosed single quote", "a: 'it''s\n", "p.yaml:"},
      {"unclosed quote behind a tag", "a: ! \"x\n", "p.yaml:1:4: found a"},
      {"control byte", "a: \"x\x01y\"\n", "p.yaml:1:6: found a control byte"},
      {"end of input byte", "a: 1\n\x04\nb: 2\n", "p.yaml:2:1: found a control byte"},
      {"NUL", "a: 1\n\0b: 2\n"sv, "p.yaml:2:1: found a control byte"},
      {"UTF-16",
       "\xFF\xFE"
       "a\0:\0"sv,
       "p.yaml:1:1: found bytes that are not UTF-8"},
      {"overlong", "a: \xC0\xAF\n", "not UTF-8"},
  };
  for (const Case& c : cases) {
    const std::string problems = problems_of(c.text);
    EXPECT_TRUE(problems.find(c.problem) != std::string::npos)
        << c.name << ": got " << problems << "\nexpected " << c.problem;
  }
}

TEST(YamlTree, Limits) {
  std::string deep(kYamlDepthMax + 1, '[');
  deep += std::string(kYamlDepthMax + 1, ']');
  EXPECT_NE(problems_of(deep).find("levels"), std::string::npos);
  EXPECT_NE(problems_of(std::string(1'000'000, '[')).find("levels"), std::string::npos);
  EXPECT_NE(problems_of("a: " + std::string(kYamlScalarMax + 1, 'x')).find("in one value"),
            std::string::npos);
  EXPECT_NE(
      problems_of(std::string(std::size_t{50} << 20, ' ')).find("expected a document of at most"),
      std::string::npos);
  const std::string many = "[" + std::string(kYamlNodesMax + 1, ',') + "1]";
  EXPECT_NE(problems_of(many).find("2000000 values"), std::string::npos);
  // The billion laughs need anchors.
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string last(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + std::string(1, c) + " [*" + last + ",*" + last + "]\n";
  }
  EXPECT_NE(problems_of(bomb).find("found an anchor"), std::string::npos);
}

TEST(YamlTree, ProblemsAreBounded) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a: 1\n";
  Problems problems("p.yaml");
  YamlTree tree;
  EXPECT_TRUE(tree.parse(text, problems));
  EXPECT_EQ(problems.count(), 99U);
  EXPECT_EQ(problems.lines().size(), kProblemsMax + 1);
  EXPECT_EQ(problems.lines().back(), "and 79 more");
}

TEST(YamlTree, KeepsTextAndPlaces) {
  Problems problems("p.yaml");
  YamlTree tree;
  ASSERT_TRUE(
      tree.parse("\xEF\xBB\xBF"
                 "a: 0.0030\nb:\n  - \"x\"\n  -\n  - {c: true}\n",
                 problems));
  ASSERT_TRUE(problems.empty());
  const YamlNode root = tree.roots().front();
  ASSERT_TRUE(root.is_map());
  EXPECT_EQ(root.size(), 4U);
  const YamlNode amount = root.first().next();
  EXPECT_EQ(amount.text(), "0.0030");
  EXPECT_EQ(amount.kind(), YamlNode::Kind::plain);
  const YamlNode list = amount.next().next();
  ASSERT_TRUE(list.is_sequence());
  EXPECT_EQ(list.first().kind(), YamlNode::Kind::quoted);
  EXPECT_EQ(list.first().mark(), (Mark{3, 5}));
  EXPECT_TRUE(list.first().next().is_null());
  EXPECT_TRUE(list.first().next().next().is_map());
}

TEST(YamlTree, ClosedQuotesAtTheEndAreFine) {
  for (const std::string_view text : {"a: \"x\"", "a: \"x\\\\\"\n", "a: 'it''s'\n", "a: \"\"",
                                      "a: ''\n", "a: |\n  \"x\n", "a: \"x\"\nb: {}\n"}) {
    EXPECT_EQ(problems_of(text), "") << text;
  }
}

TEST(YamlTree, JsonIsYaml) {
  Problems problems("p.json");
  YamlTree tree;
  ASSERT_TRUE(tree.parse("{\n\t\"a\": [1, \"x\\u00e9\", null, true],\n\t\"b\": {}\n}", problems))
      << problems.error().message;
  EXPECT_EQ(tree.roots().front().first().next().size(), 4U);
}

}  // namespace
}  // namespace ringfence
