// SPDX-License-Identifier: Apache-2.0
// What is valid, and what a failure says.
#include "schema/schema.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

Schema compiled(std::string_view text) {
  const auto json = Json::parse(text);
  EXPECT_TRUE(json) << text;
  auto schema = Schema::compile(*json);
  EXPECT_TRUE(schema) << text << ": " << (schema ? "" : schema.error().front().sentence);
  return schema ? *schema : *Schema::compile(false);
}

// "ok", "PATH KEYWORD" or "too much work".
std::string told(const Schema& schema, std::string_view instance) {
  const auto json = Json::parse(instance);
  EXPECT_TRUE(json) << instance;
  const Validation v = schema.validate(*json);
  if (v.valid) return "ok";
  return v.too_much_work ? "too much work" : v.path + " " + v.keyword;
}

struct Row {
  std::string_view schema;
  std::string_view instance;
  std::string_view told;
};

TEST(Schema, Table) {
  const Row rows[] = {
      {"true", "[1]", "ok"},
      {"false", "1", " false"},
      {R"({"type":"integer"})", "1.0", "ok"},
      {R"({"type":"integer"})", "1.5", " type"},
      {R"({"type":"integer"})", "\"1\"", " type"},
      {R"({"type":["null","number"]})", "1.5", "ok"},
      {R"({"type":["null","number"]})", "true", " type"},
      {R"({"enum":[1,"a",null,{"a":1,"b":[2.0]}]})", R"({"b":[2],"a":1e0})", "ok"},
      {R"({"enum":[1,"a",null]})", "\"b\"", " enum"},
      {R"({"const":[]})", "[]", "ok"},
      {R"({"const":false})", "0", " const"},
      {R"({"const":"1"})", "1", " const"},
      {R"({"type":"number","minimum":0.1,"maximum":0.3})", "0.30", "ok"},
      {R"({"type":"number","maximum":0.3})", "0.30000000000000000001", " maximum"},
      {R"({"type":"number","minimum":-1})", "-1.5", " minimum"},
      {R"({"type":"number","exclusiveMinimum":1})", "1.0", " exclusiveMinimum"},
      {R"({"type":"number","exclusiveMaximum":1})", "1", " exclusiveMaximum"},
      {R"({"type":"number","multipleOf":0.01})", "4.35", "ok"},
      {R"({"type":"number","multipleOf":0.01})", "4.355", " multipleOf"},
      {R"({"type":"number","maximum":1})", "1e9999999", "too much work"},
      {R"({"not":{"type":"number","maximum":1}})", "1e9999999", "too much work"},
      {R"({"type":"string","minLength":2})", R"("😀")", " minLength"},
      {R"({"type":"string","maxLength":2})", R"("é😀")", "ok"},
      {R"({"type":"string","maxLength":2})", R"("abc")", " maxLength"},
      {R"({"type":"string","pattern":"^a+$"})", R"("aa")", "ok"},
      {R"({"type":"string","pattern":"^a+$"})", R"("aa\n")", " pattern"},
      {R"({"type":["string","null"],"pattern":"^a+$"})", "null", "ok"},
      {R"({"type":"string","pattern":"^\\$$"})", R"("$")", "ok"},
      {R"({"type":"array","maxItems":0})", "[1]", " maxItems"},
      {R"({"type":"array","minItems":1})", "[]", " minItems"},
      {R"({"type":"array","uniqueItems":true})", R"([1,"1",true])", "ok"},
      {R"({"type":"array","uniqueItems":true})", R"([{"a":1,"b":2},{"b":2.0,"a":1}])",
       " uniqueItems"},
      {R"({"type":"array","items":{"type":"string"}})", R"(["a",1])", "/1 type"},
      {R"({"type":"array","prefixItems":[{"type":"string"}],"items":false})", R"(["a",1])",
       "/1 items"},
      {R"({"type":"array","prefixItems":[{"type":"string"}]})", R"([])", "ok"},
      {R"({"type":"array","contains":{"const":1}})", "[2]", " contains"},
      {R"({"type":"array","contains":{"const":1},"minContains":2})", "[1,2]", " minContains"},
      {R"({"type":"array","contains":{"const":1},"maxContains":1})", "[1,1]", " maxContains"},
      {R"({"type":"array","contains":{"const":1},"minContains":0})", "[]", "ok"},
      {R"({"type":"object","properties":{"a":{"type":"string"}}})", R"({"b":1})", "ok"},
      {R"({"type":"object","properties":{"a":{"type":"string"}}})", R"({"a":1})", "/a type"},
      {R"({"type":"object","properties":{"a/b~":{"type":"string"}}})", R"({"a/b~":1})",
       "/a~1b~0 type"},
      {R"({"type":"object","properties":{"a":false}})", R"({"a":1})", "/a properties"},
      {R"({"type":"object","additionalProperties":false})", R"({"sk-secret":1})",
       "/* additionalProperties"},
      {R"({"type":"object","patternProperties":{"^x.*$":{"type":"null"}}})", R"({"xs3cret":1})",
       "/* type"},
      {R"({"type":"object","patternProperties":{"^x.*$":true},"additionalProperties":false})",
       R"({"x":1})", "ok"},
      {R"({"type":"object","propertyNames":{"type":"string","maxLength":1}})", R"({"ab":1})",
       " propertyNames"},
      {R"({"type":"object","required":["a"]})", "{}", "/a required"},
      {R"({"type":["object","null"],"required":["a"]})", "null", "ok"},
      {R"({"type":"object","dependentRequired":{"a":["b"]}})", R"({"a":1})",
       "/b dependentRequired"},
      {R"({"type":"object","dependentSchemas":{"a":false}})", R"({"a":1})", " dependentSchemas"},
      {R"({"type":"object","minProperties":1})", "{}", " minProperties"},
      {R"({"type":"object","maxProperties":0})", R"({"a":1})", " maxProperties"},
      {R"({"allOf":[true,{"type":"null"}]})", "1", " type"},
      {R"({"anyOf":[{"type":"null"},{"type":"string"}]})", "1", " anyOf"},
      {R"({"anyOf":[{"type":"null"},{"type":"string"}]})", "null", "ok"},
      {R"({"oneOf":[true,true]})", "1", " oneOf"},
      {R"({"oneOf":[false,true]})", "1", "ok"},
      {R"({"not":{"type":"null"}})", "null", " not"},
      {R"({"if":{"const":1},"then":{"type":"null"},"else":{"type":"string"}})", "1", " type"},
      {R"({"if":{"const":1},"then":{"type":"null"},"else":false})", "2", " else"},
      {R"({"if":{"const":1},"then":false})", "2", "ok"},
      {R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"null"}}})", "1", " type"},
      {R"({"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false})",
       R"({"next":{"next":{"x":1}}})", "/next/next/* additionalProperties"},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"t","examples":[1],
           "default":0,"deprecated":true,"readOnly":false,"$comment":"c"})",
       "1", "ok"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(told(compiled(row.schema), row.instance), row.told) << row.schema << "\n"
                                                                  << row.instance;
  }
}

// A failure inside a branch that may fail is not the reason.
TEST(Schema, TheReasonIsWhatNothingMakesGood) {
  const Schema schema = compiled(R"({"type":"object","properties":{
      "a":{"anyOf":[{"type":"object","required":["x"]},{"type":"null"}]},"b":{"type":"null"}}})");
  EXPECT_EQ(told(schema, R"({"a":{"x":1},"b":1})"), "/b type");
  EXPECT_EQ(told(schema, R"({"a":{},"b":null})"), "/a anyOf");
}

TEST(Schema, NamesItsProperties) {
  const Schema schema = compiled(R"({"type":"object","properties":{"to":true,"bcc":true}})");
  EXPECT_EQ(schema.properties(), (std::vector<std::string>{"bcc", "to"}));
  EXPECT_TRUE(compiled("true").properties().empty());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Each doubles the work of the one before; none goes in a circle.
TEST(Schema, WorkIsBounded) {
  std::string doubling = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 60; ++i) {
    const std::string next = R"({"$ref":"#/$defs/d)" + std::to_string(i + 1) + "\"}";
    doubling += "\"d" + std::to_string(i) + R"(":{"allOf":[)" + next + "," + next + "]},";
  }
  doubling += R"("d60":true}})";
  EXPECT_EQ(told(compiled(doubling), "1"), "too much work");

  const Schema unique = compiled(R"({"type":"array","uniqueItems":true})");
  EXPECT_EQ(told(unique, "[1" + repeated(",1", 100'000) + "]"), "too much work");
  EXPECT_EQ(told(compiled(R"({"not":{"type":"array","uniqueItems":true}})"),
                 "[1" + repeated(",1", 100'000) + "]"),
            "too much work");

  const Schema pattern = compiled(R"({"type":"string","pattern":"^(?:[ab]*a[ab]{12})*$"})");
  EXPECT_EQ(told(pattern, "\"" + repeated("ab", 500'000) + "\""), "too much work");
  EXPECT_EQ(told(compiled(R"({"type":"string","pattern":"^[^<>]*$"})"),
                 "\"" + repeated("plain text ", 1'000) + "\""),
            "ok");
}

}  // namespace
}  // namespace ringfence
