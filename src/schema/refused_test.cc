// SPDX-License-Identifier: Apache-2.0
// Schemas that are refused: each with its place and what was expected.
#include <gmock/gmock.h>

#include "schema/schema.h"

namespace ringfence {
namespace {

using testing::StartsWith;

// "POINTER sentence" of the first problem; "POINTER (name) sentence" when it is about a name.
std::string problem_of(std::string_view text) {
  const auto json = Json::parse(text);
  if (!json) return "no JSON: " + std::string(text);
  const auto schema = Schema::compile(*json);
  if (schema) return "accepted";
  const SchemaProblem& first = schema.error().front();
  return first.pointer + (first.at_name ? " (name) " : " ") + first.sentence;
}

struct Row {
  std::string_view schema;
  std::string_view problem;  // how it starts
};

TEST(SchemaRefused, Table) {
  const Row rows[] = {
      {"1", " found `1`; expected a schema"},
      {R"({"minLenght":1})",
       "/minLenght (name) unknown keyword `minLenght` in a schema; did you "
       "mean `minLength`?"},
      {R"({"frobnicate":1})", "/frobnicate (name) unknown keyword `frobnicate` in a schema; expec"},
      {R"({"type":"string","format":"email"})",
       "/format (name) found `format`, which 2020-12 does "
       "not check; expected `pattern`"},
      {R"({"type":"object","unevaluatedProperties":false})",
       "/unevaluatedProperties (name) found `unevaluatedProperties`, which is not supported; "
       "expected `additionalProperties`"},
      {R"({"definitions":{}})", "/definitions (name) found `definitions`, of older drafts"},
      {R"({"$id":"http://a.org"})", "/$id (name) found `$id`"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#"})", "/$schema found `http://json"},
      {R"({"allOf":[{"$defs":{}}]})", "/allOf/0/$defs (name) found `$defs` below the top"},
      {R"({"minLength":1})", "/minLength (name) found `minLength` without a `type` it speaks of"},
      {R"({"type":"integer","minLength":1})", "/minLength (name) found `minLength` without a"},
      {R"({"maximum":1})",
       "/maximum (name) found `maximum` without a `type` it speaks of, so that "
       "other values would pass; expected `type: number or integer` beside it"},
      {R"({"properties":{}})", "/properties (name) found `properties` without"},
      {R"({"if":{"required":["a"]},"then":true})", "/if/required (name) found `required` without"},
      {R"({"type":"strin"})", "/type found `strin`; expected null, boolean"},
      {R"({"type":[]})", "/type found an array; expected null, boolean"},
      {R"({"type":["string","string"]})", "/type found `string`"},
      {R"({"enum":[]})", "/enum found an array; expected a list of 1 to 1000 values"},
      {R"({"enum":[1,1.0]})", "/enum found a value twice"},
      {R"({"type":"string","enum":["a",5]})", "/enum found `5`, which `type` excludes"},
      {R"({"type":"integer","const":1.5})", "/const found `1.5`, which `type` excludes"},
      {R"({"const":1e99999999})", "/const found values of more than"},
      {R"({"type":"number","minimum":"1"})", "/minimum found `1`; expected a number"},
      {R"({"type":"number","maximum":1e99999999})", "/maximum found `1e99999999`; expected"},
      {R"({"type":"number","multipleOf":0})", "/multipleOf found `0`; expected a number above 0"},
      {R"({"type":"number","minimum":2,"maximum":1})", "/minimum found `minimum` at or past"},
      {R"({"type":"number","minimum":1,"exclusiveMaximum":1.0})", "/minimum found `minimum` at or"},
      {R"({"type":"string","minLength":-1})", "/minLength found `-1`; expected a whole number"},
      {R"({"type":"string","minLength":1.5})", "/minLength found `1.5`; expected a whole number"},
      {R"({"type":"string","minLength":2,"maxLength":1})", "/minLength found `minLength` above"},
      {R"({"type":"array","minItems":2,"maxItems":1})", "/minItems found `minItems` above"},
      {R"({"type":"object","minProperties":2,"maxProperties":1})", "/minProperties found"},
      {R"({"type":"object","required":["a","b"],"maxProperties":1})", "/required found more names"},
      {R"({"type":"array","contains":true,"minContains":2,"maxContains":1})", "/contains found"},
      {R"({"type":"array","contains":true,"maxItems":0})", "/contains found fewer items"},
      {R"({"type":"array","minContains":1})", "/minContains (name) found it without `contains`"},
      {R"({"type":"array","uniqueItems":"yes"})", "/uniqueItems found `yes`; expected true or"},
      {R"({"type":"array","items":[true]})", "/items found an array; expected a schema"},
      {R"({"type":"array","prefixItems":[]})", "/prefixItems found an array; expected a list of"},
      {R"({"type":"object","properties":[]})", "/properties found an array; expected a map"},
      {R"({"type":"object","properties":{"a":{"x":1}}})", "/properties/a/x (name) unknown keyword"},
      {R"({"type":"object","required":["a"],"additionalProperties":false})",
       "/required found `a`, which"},
      {R"({"type":"object","required":["a"],"properties":{"a":false}})",
       "/required found `a`, whi"},
      {R"({"type":"object","required":["a","a"]})", "/required found `a` twice"},
      {R"({"type":"object","required":[5]})", "/required found `5`; expected a name"},
      {R"({"type":"object","required":true})", "/required found `true`; expected a list"},
      {R"({"type":"object","dependentRequired":{"a":"b"}})", "/dependentRequired/a found `b`"},
      {R"({"allOf":[]})", "/allOf found an array; expected a list of one schema or more"},
      {R"({"anyOf":{}})", "/anyOf found an object; expected a list of one schema or more"},
      {R"({"then":true})", "/then (name) found it without `if`"},
      {R"({"if":true})", "/if (name) found it without `then` or `else`"},
      {R"({"$ref":"http://a.org/s.json"})", "/$ref found the reference `http://a.org/s.json`"},
      {R"({"$ref":"#/properties/a"})", "/$ref found the reference"},
      {R"({"$ref":"#/$defs/a/b"})", "/$ref found the reference"},
      {R"({"$ref":"#/$defs/a"})", "/$ref found a reference to `a`; expected a name under `$defs`"},
      {R"({"$ref":"#"})", " found references in a circle"},
      {R"({"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},
           "b":{"not":{"$ref":"#/$defs/a"}}}})",
       " found references in a circle"},
      {R"({"description":5})", "/description found `5`; expected text"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(problem_of(row.schema), StartsWith(row.problem)) << row.schema;
  }
}

TEST(SchemaRefused, Patterns) {
  const Row rows[] = {
      {"a", "expected it to start with ^ and to end with $"},
      {"^a", "expected it to start with ^ and to end with $"},
      {"a$", "expected it to start with ^ and to end with $"},
      {"^a\\\\$", "expected it to start with ^ and to end with $"},
      {"^[$", "expected it to start with ^ and to end with $"},
      {"^a|b$", "expected alternatives in a group"},
      {"^(?i)a$", "expected no group that starts with (?"},
      {"^(?=a)a$", "expected no group that starts with (?"},
      {"^(?P<n>a)$", "expected no group that starts with (?"},
      {"^\\\\Qa|b\\\\E$", "expected no \\Q"},
      {"^[[:alpha:]]$", "expected no [:class:]"},
      {"^[]a]$", "expected \\] for a bracket in a class"},
      {"^(a)\\\\1$", "expected what RE2 knows"},
      {"^a{2000}$", "expected what RE2 knows"},
      {"^((a{100}){100}){100}$", "expected what RE2 knows"},
      {"^[ab]{999}$", "expected a smaller one"},
  };
  for (const Row& row : rows) {
    const std::string schema = R"({"type":"string","pattern":")" + std::string(row.schema) + "\"}";
    EXPECT_THAT(problem_of(schema), testing::HasSubstr(row.problem)) << row.schema;
    const std::string names =
        R"({"type":"object","patternProperties":{")" + std::string(row.schema) + "\":true}}";
    EXPECT_THAT(problem_of(names), testing::HasSubstr(row.problem)) << row.schema;
  }
}

std::string nested(std::size_t levels) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += R"({"not":)";
  return text + "true" + std::string(levels, '}');
}

TEST(SchemaRefused, Limits) {
  EXPECT_EQ(problem_of(nested(kSchemaDepthMax - 1)), "accepted");
  EXPECT_THAT(problem_of(nested(kSchemaDepthMax)), testing::HasSubstr("nested more than 16"));
  Json many;
  for (std::size_t i = 0; i < kSubschemasMax; ++i) many.push(true);
  Json all;
  all.set("allOf", many);
  EXPECT_THAT(Schema::compile(all).error().front().sentence, StartsWith("found more than 2000"));
  Json values;
  for (std::size_t i = 0; i <= kEnumMax; ++i) values.push(std::int64_t(i));
  Json list;
  list.set("enum", values);
  EXPECT_THAT(Schema::compile(list).error().front().sentence, StartsWith("found an array; exp"));
  std::string patterns = R"({"allOf":[true)";
  for (std::size_t i = 0; i <= kSchemaPatternsMax; ++i) {
    patterns += R"(,{"type":"string","pattern":"^a$"})";
  }
  EXPECT_THAT(problem_of(patterns + "]}"), testing::HasSubstr("found more than 100 patterns"));
}

TEST(SchemaRefused, AllProblemsAtOnce) {
  const auto schema = Schema::compile(*Json::parse(
      R"({"type":"object","minLength":1,"requierd":["a"],"properties":{"a":{"x":1}}})"));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().size(), 3);
}

}  // namespace
}  // namespace ringfence
