// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/json_scan.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace ringfence::llm {
namespace {

TEST(JsonScan, AcceptsWhatTheGrammarAllows) {
  for (const char* text :
       {R"({})", R"([])", R"(  {"a" : [1, -0.5e+3, true, null, "x"]} )",
        R"("\u00e9\ud83d\ude00\n")", "0", "-0", "1E5", "\"\xC3\xA9\"", R"({"a":1,"a":2})"}) {
    EXPECT_TRUE(check_json(text)) << text;
  }
}

TEST(JsonScan, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "NaN",
                           "Infinity",
                           "tru",
                           "\"\\x\"",
                           "\"\\u12G4\"",
                           "\"\\u12\"",
                           "\"a\nb\"",
                           "\"abc",
                           "\"\\",
                           "[1 2]",
                           "{} {}",
                           "\"\xFF\"",
                           "\"\xC0\xAF\"",
                           "\"\xED\xA0\x80\"",
                           "'a'",
                           "[1]x",
                           "\xEF\xBB\xBF{}",
                           "/**/1",
                           "nul",
                           "-"}) {
    EXPECT_FALSE(check_json(text)) << text;
  }
  EXPECT_FALSE(check_json(std::string("\"a\0b\"", 5)));
}

TEST(JsonScan, SaysWhere) {
  const auto checked = check_json(R"({"a":tru})");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, "byte 5");
}

TEST(JsonScan, LimitsDepth) {
  const std::string open(kBodyDepthMax, '[');
  const std::string close(kBodyDepthMax, ']');
  EXPECT_TRUE(check_json(open + close));
  EXPECT_FALSE(check_json("[" + open + close + "]"));
  EXPECT_FALSE(check_json(std::string(1'000'000, '[')));
}

TEST(JsonScan, WalksMembersInPlace) {
  const std::string text = R"( { "a" : 1 , "b\u0063":"x\"}", "a":[{"z":"]"}] } )";
  ASSERT_TRUE(check_json(text));
  std::string seen;
  const JsonSlice root = json_root(text);
  for (JsonMembers members(root); members.next();) {
    seen += decode_string(members.key()) + "=" + std::string(members.value().text) + "@" +
            std::to_string(members.value().offset_in(text)) + ";";
  }
  EXPECT_EQ(seen, R"(a=1@9;bc="x\"}"@23;a=[{"z":"]"}]@35;)");
  EXPECT_EQ(find_last(root, "a")->text, R"([{"z":"]"}])");
  EXPECT_EQ(find_last(root, "bc")->raw_string(), R"(x\"})");
  EXPECT_FALSE(find_last(root, "c"));
}

TEST(JsonScan, WalksEmptyContainers) {
  EXPECT_FALSE(JsonMembers(json_root("{ }")).next());
  EXPECT_FALSE(JsonElements(json_root("[\n]")).next());
}

TEST(JsonScan, DecodesAsTheTreeParserDoes) {
  for (const char* text :
       {R"("")", R"("plain")", R"("\"\\\/\b\f\n\r\t")", R"("\u0041\u00e9\u20ac")",
        R"("\ud83d\ude00!")", "\"\xF0\x9F\x98\x80\"", R"("\\\\")"}) {
    ASSERT_TRUE(check_json(text)) << text;
    const auto tree = Json::parse(text);
    ASSERT_TRUE(tree) << text;
    const JsonSlice slice = json_root(text);
    EXPECT_EQ(decode_string(slice), *tree->string()) << text;
    EXPECT_EQ(decoded_size(slice), tree->string()->size()) << text;
  }
}

TEST(JsonScan, ALoneSurrogateIsReplaced) {
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")"}) {
    ASSERT_TRUE(check_json(text));
    EXPECT_EQ(decode_string(json_root(text)).substr(0, 3), "\xEF\xBF\xBD") << text;
    EXPECT_EQ(decode_string(json_root(text)).size(), decoded_size(json_root(text)));
  }
}

TEST(JsonScan, ReadsOnlyPlainIntegers) {
  const auto integer = [](const char* text) { return JsonSlice{text}.integer(); };
  EXPECT_EQ(integer("0"), 0);
  EXPECT_EQ(integer("-7"), -7);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  for (const char* text :
       {"9223372036854775808", "1.0", "1e2", "\"1\"", "null", "12345678901234567890"}) {
    EXPECT_FALSE(integer(text)) << text;
  }
}

}  // namespace
}  // namespace ringfence::llm
