// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

using std::string_literals::operator""s;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(JsonParse, KeepsNumbersAsText) {
  const char* numbers[] = {
      "0",
      "-0",
      "1",
      "-1",
      "1.0",
      "0.10",
      "1e400",
      "-1e400",
      "1E+2",
      "1e-400",
      "0.1e-7",
      "2.50",
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775808",
      "18446744073709551616",
      "0.30000000000000004",
      "12345678901234567890123456789012345678",
      "1234567890123456789012345678901234567890",  // 40 characters
  };
  for (const std::string text : numbers) {
    for (const std::string& whole :
         {text, "[" + text + "]", "{\"n\":" + text + "}", " " + text + " "}) {
      const auto value = Json::parse(whole);
      ASSERT_TRUE(value.has_value()) << whole << ": " << value.error().text();
      const Json* number = value->array()    ? &value->array()->front()
                           : value->object() ? value->find("n")
                                             : &*value;
      ASSERT_NE(number->number(), nullptr) << whole;
      EXPECT_EQ(number->number()->text, text);
    }
  }
}

TEST(JsonParse, Integers) {
  const struct {
    const char* text;
    std::optional<std::int64_t> value;
  } rows[] = {
      {"0", 0},
      {"-0", 0},
      {"-7", -7},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"12345678901234567890", std::nullopt},
      {"1.0", std::nullopt},
      {"1e3", std::nullopt},
      {"\"1\"", std::nullopt},
      {"true", std::nullopt},
      {"null", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(Json::parse(row.text)->integer(), row.value) << row.text;
}

TEST(JsonParse, Strings) {
  const struct {
    std::string text;
    std::string value;
  } rows[] = {
      {R"("")", ""},
      {R"("a\"\\\/\b\f\n\r\t")", "a\"\\/\b\f\n\r\t"},
      {R"("\u0000")", "\0"s},
      {R"("\u00e9\u20AC")", "\xC3\xA9\xE2\x82\xAC"},
      {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
      {"\"\xF0\x9F\x98\x80\"", "\xF0\x9F\x98\x80"},
      {"\"\x7F\"", "\x7F"},
      {"\"\xEF\xBB\xBF\"", "\xEF\xBB\xBF"},
      {"\"" + std::string(100'000, 'x') + "\"", std::string(100'000, 'x')},
  };
  for (const auto& row : rows) {
    const auto value = Json::parse(row.text);
    ASSERT_TRUE(value.has_value()) << row.text;
    EXPECT_EQ(*value->string(), row.value);
  }
}

TEST(JsonParse, Refuses) {
  const struct {
    std::string text;
    const char* why;
  } rows[] = {
      {"", "incomplete"},
      {" ", "incomplete"},
      {"\xEF\xBB\xBF{}", ""},  // byte order mark
      {"{} {}", "extra data"},
      {"{}x", "extra data"},
      {"1 2", "extra data"},
      {"nul", ""},
      {"nulll", "extra data"},
      {"True", ""},
      {"NaN", ""},
      {"Infinity", ""},
      {"-Infinity", ""},
      {"[NaN]", ""},
      {"+1", ""},
      {"01", ""},
      {"-", ""},
      {"-01", ""},
      {"1.", ""},
      {".5", ""},
      {"1e", ""},
      {"1e+", ""},
      {"0x10", ""},
      {"1_000", ""},
      {"'a'", ""},
      {"[1,]", ""},
      {"[,1]", ""},
      {"[1 2]", ""},
      {"{\"a\":1,}", ""},
      {"{\"a\" 1}", ""},
      {"{a:1}", ""},
      {"{1:1}", ""},
      {"[1}", ""},
      {"// c\n1", ""},
      {"/* c */1", ""},
      {"{\"a\":1,\"a\":1}", "member \"a\" appears twice"},
      {"{\"a\":1,\"b\":{\"c\":1,\"d\":2,\"c\":3}}", "member \"c\" appears twice"},
      {"{\"a\":1,\"\\u0061\":2}", "member \"a\" appears twice"},  // once unescaped
      {"{\"\":1,\"\":2}", "member \"\" appears twice"},
      {"{\"\\u001b\":1,\"\\u001b\":2}", "member \"\\u001b\" appears twice"},
      {"12345678901234567890123456789012345678901", "over 40 characters"},  // 41 digits
      {"[0." + std::string(39, '1') + "]", "over 40 characters"},
      {std::string(100'000, '9'), "over 40 characters"},
      {"1e" + std::string(1'000, '9'), ""},
      {"\"a", "incomplete"},
      {"\"a\nb\"", ""},
      {"\"a\tb\""s, ""},
      {"\"a\0b\""s, ""},
      {"{}\0"s, "extra data"},
      {R"("\x41")", ""},
      {R"("\u12")", ""},
      {R"("\u12g4")", ""},
      {R"("\ud800")", ""},
      {R"("\ud800x")", ""},
      {R"("\ud800\n")", ""},
      {R"("\ud800\u0041")", ""},
      {R"("\ud800\ud800")", ""},
      {R"("\udc00")", ""},
      {R"({"\udfff":1})", ""},
  };
  for (const auto& row : rows) {
    const auto value = Json::parse(row.text);
    ASSERT_FALSE(value.has_value()) << row.text.substr(0, 80);
    EXPECT_EQ(value.error().code, ErrorCode::invalid);
    EXPECT_NE(value.error().text().find(row.why), std::string::npos)
        << row.text.substr(0, 80) << ": " << value.error().text();
    EXPECT_LT(value.error().text().size(), 300U);
  }
}

TEST(JsonParse, RefusesInvalidUtf8) {
  const std::string_view bad[] = {
      "\x80",
      "\xBF",
      "\xC0\x80",
      "\xC1\xBF",
      "\xC3",
      "\xC3\x28",
      "\xE2\x82",
      "\xE0\x80\x80",
      "\xED\xA0\x80",
      "\xED\xBF\xBF",
      "\xF0\x80\x80\x80",
      "\xF0\x9F\x98",
      "\xF4\x90\x80\x80",
      "\xF5\x80\x80\x80",
      "\xFE",
      "\xFF",
  };
  for (const std::string_view bytes : bad) {
    for (const std::string_view around : {"", "a", "\xC3\xA9"}) {
      const std::string text = std::string(around) + std::string(bytes) + std::string(around);
      EXPECT_FALSE(Json::parse("\"" + text + "\"").has_value());
      EXPECT_FALSE(Json::parse("{\"" + text + "\":1}").has_value());
    }
  }
}

TEST(JsonParse, DepthIsLimited) {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  EXPECT_TRUE(Json::parse(nested(kJsonDepthMax)).has_value());
  EXPECT_FALSE(Json::parse(nested(kJsonDepthMax + 1)).has_value());
  const std::string objects = repeated("{\"a\":", 65) + "1" + repeated("}", 65);
  EXPECT_FALSE(Json::parse(objects).has_value());
  EXPECT_FALSE(Json::parse(repeated("[", 1'000'000)).has_value());
  EXPECT_FALSE(Json::parse(repeated("{\"a\":[", 100'000)).has_value());
}

TEST(JsonParse, SaysWhere) {
  const struct {
    const char* text;
    const char* where;
  } rows[] = {
      {"[1,x]", "byte 3"},
      {"{} x", "byte 3"},
      {"[1,2", "byte 4"},
      {"{\"a\":1,\"a\":2} ", "byte 12"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(Json::parse(row.text).error().where, row.where) << row.text;
}

TEST(JsonParse, EveryTruncationIsRefused) {
  const std::string whole =
      "{\"a\":[1,-2.5e3,true,false,null,\"\\u20ac\\ud83d\\ude00\xC3\xA9\\n\"],\"b\":{\"c\":{}}}";
  ASSERT_TRUE(Json::parse(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Json::parse(whole.substr(0, size)).has_value()) << size;
  }
}

TEST(Json, LooksUpMembers) {
  const Json value = Json::parse(R"({"b":1,"a":{"c":"x"},"n":null})").value();
  EXPECT_EQ(value.find("b")->integer(), 1);
  EXPECT_EQ(*value.find("a")->find("c")->string(), "x");
  EXPECT_TRUE(value.find("n")->is_null());
  EXPECT_EQ(value.find("z"), nullptr);
  EXPECT_EQ(value.find("b")->find("z"), nullptr);  // no object
  const std::pair<const char*, const char*> kinds[] = {
      {"null", "null"},     {"true", "a boolean"}, {"1", "a number"},
      {"\"\"", "a string"}, {"[]", "an array"},    {"{}", "an object"},
  };
  for (const auto& [text, kind] : kinds) EXPECT_EQ(Json::parse(text)->kind(), kind);
}

TEST(JsonText, WritesCompactlyInOrder) {
  Json value;
  value.set("b", 1).set("a", true).set("s", "x\"\n").set("n", Json());
  Json list;
  list.push("0.50").push(std::int64_t{-9}).push(Json::Object{}).push(Json::Array{});
  value.set("list", list).set("price", Json::Number{"0.30"});
  EXPECT_EQ(value.text(),
            R"({"b":1,"a":true,"s":"x\"\n","n":null,"list":["0.50",-9,{},[]],"price":0.30})");
  EXPECT_EQ(Json::parse(value.text()).value(), value);
}

TEST(JsonText, EscapesStrings) {
  const struct {
    std::string text;
    const char* json;
  } rows[] = {
      {"", R"("")"},
      {"a/b", R"("a/b")"},
      {"\"\\\n\r\t", R"("\"\\\n\r\t")"},
      {"\0\x01\x1f\x7f"s, R"("\u0000\u0001\u001f\u007f")"},
      {"\xC3\xA9\xF0\x9F\x98\x80", "\"\xC3\xA9\xF0\x9F\x98\x80\""},
      {"a\xFF\xC3", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const auto& row : rows) {
    std::string out;
    append_json_string(out, row.text);
    EXPECT_EQ(out, row.json);
  }
}

TEST(JsonDeath, MembersGoIntoObjectsOnly) {
  Json number(1);
  EXPECT_DEATH(number.set("a", 1), "broken invariant");
  EXPECT_DEATH(number.push(1), "broken invariant");
}

// Whatever byte stands wherever among plain ones, and however many follow it.
TEST(Json, EscapesAByteAtAnyPlace) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const char c = static_cast<char>(byte);
    std::string alone;
    append_json_string(alone, std::string_view(&c, 1));
    const std::string escaped = alone.substr(1, alone.size() - 2);
    EXPECT_EQ(escaped.size() == 1, byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') << byte;
    for (std::size_t before = 0; before < 18; ++before) {
      const std::string text = std::string(before, '~') + c + std::string(17 - before, ' ');
      std::string out;
      append_json_string(out, text);
      EXPECT_EQ(out,
                '"' + std::string(before, '~') + escaped + std::string(17 - before, ' ') + '"');
    }
  }
}

}  // namespace
}  // namespace ringfence
