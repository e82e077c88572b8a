// SPDX-License-Identifier: Apache-2.0
#include "api/fields.h"

#include <gmock/gmock.h>

namespace ringfence::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  std::optional<std::int64_t> amount;
  Error error;
};

Outcome amount(std::string_view json, Unit unit) {
  const auto value = Json::parse(json);
  EXPECT_TRUE(value) << json;
  const auto read = read_amount(*value, unit);
  if (!read) return {std::nullopt, read.error()};
  return {*read, {}};
}

TEST(ReadAmount, MoneyIsADecimalStringOrAnInteger) {
  EXPECT_EQ(amount(R"("0.0030")", kUsd).amount, 3'000'000);
  EXPECT_EQ(amount(R"("0.000000001")", kUsd).amount, 1);
  EXPECT_EQ(amount(R"("5")", kUsd).amount, 5'000'000'000);
  EXPECT_EQ(amount("5", kUsd).amount, 5'000'000'000);
  EXPECT_EQ(amount("0", kUsd).amount, 0);
  EXPECT_EQ(amount(R"("9223372036.854775807")", kUsd).amount, INT64_MAX);
  for (const char* bad : {"0.5",
                          "1.0",
                          "1e0",
                          "1E3",
                          "-1",
                          R"("-1")",
                          R"("-0.5")",
                          R"("0.0000000001")",
                          R"("1e3")",
                          R"("")",
                          R"(".5")",
                          R"("5.")",
                          R"("+1")",
                          R"("0x10")",
                          R"("1_000")",
                          R"("NaN")",
                          "true",
                          "null",
                          "[]",
                          "{}",
                          "9223372037",
                          "10000000000000000000",
                          R"("12345678901234567890")"}) {
    const Outcome outcome = amount(bad, kUsd);
    EXPECT_FALSE(outcome.amount) << bad;
    EXPECT_THAT(outcome.error.message, HasSubstr("must be a decimal string")) << bad;
  }
  EXPECT_THAT(amount("0.5", kUsd).error.message, HasSubstr("not exact"));
}

TEST(ReadAmount, SecondsHaveThreePlacesAndCountsNone) {
  EXPECT_EQ(amount(R"("1.5")", kSeconds).amount, 1'500);
  EXPECT_FALSE(amount(R"("1.5001")", kSeconds).amount);
  EXPECT_EQ(amount("12", kCalls).amount, 12);
  EXPECT_EQ(amount(R"("12")", kCalls).amount, 12);
  for (const char* bad :
       {"1.5", R"("1.5")", "-1", "1e2", R"("x")", "null", "9223372036854775808"}) {
    EXPECT_FALSE(amount(bad, kCalls).amount) << bad;
  }
}

class FieldsTest : public ::testing::Test {
 protected:
  Fields& on(std::string_view json) {
    json_ = Json::parse(json).value_or(Json());
    fields_.emplace(json_);
    return *fields_;
  }
  std::string refusal() {
    const auto finished = fields_->finish();
    return finished ? "" : finished.error().where + "|" + finished.error().message;
  }
  Json json_;
  std::optional<Fields> fields_;
  UnitTable units_;
};

TEST_F(FieldsTest, GivesWhatIsThere) {
  Fields& fields = on(R"({"name":"x","n":3,"yes":true,"path":"a/b","at":"2026-03-19T14:30:00Z",
      "window":"rolling:5m","unit":"calls","cap":7,"need":{"usd":"0.5","calls":2},"list":["p","q"],
      "labels":{"k":"v"}})");
  EXPECT_EQ(fields.text("name", kRequired), "x");
  EXPECT_EQ(fields.integer("n", kRequired, 1, 5), 3);
  EXPECT_EQ(fields.boolean("yes", kRequired), true);
  EXPECT_EQ(fields.account("path", kRequired), "a/b");
  EXPECT_EQ(format_rfc3339(*fields.time("at", kRequired)), "2026-03-19T14:30:00Z");
  EXPECT_EQ(to_string(*fields.window("window", kRequired)), "rolling:5m");
  EXPECT_EQ(fields.unit("unit", kRequired, units_), kCalls);
  EXPECT_EQ(fields.amount("cap", kRequired, kCalls), 7);
  const auto need = fields.amounts("need", kRequired, units_);
  ASSERT_TRUE(need);
  EXPECT_EQ(need->get(kUsd), 500'000'000);
  EXPECT_EQ(need->get(kCalls), 2);
  EXPECT_EQ(fields.texts("list", 2, 10), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(fields.labels("labels").at(0).second, "v");
  EXPECT_EQ(fields.text("absent", kOptional), std::nullopt);
  EXPECT_EQ(refusal(), "");
}

TEST_F(FieldsTest, OnlyTheFirstErrorIsKept) {
  Fields& fields = on(R"({"a":1,"b":2})");
  EXPECT_EQ(fields.text("a", kRequired), std::nullopt);
  EXPECT_EQ(fields.text("b", kRequired), std::nullopt);
  EXPECT_EQ(fields.integer("b", kRequired, 0, 9), std::nullopt) << "nothing is read after it";
  EXPECT_EQ(refusal(), "a|must be a string, not a number");
}

TEST_F(FieldsTest, RequiredAndOptional) {
  on("{}").text("name", kRequired);
  EXPECT_EQ(refusal(), "name|is required");
  on("{}").text("name", kOptional);
  EXPECT_EQ(refusal(), "");
  on(R"({"name":null})").text("name", kOptional);
  EXPECT_EQ(refusal(), "name|must be a string, not null") << "null is not absence";
}

TEST_F(FieldsTest, UnknownMembersAreRefusedWithTheNearestName) {
  Fields& fields = on(R"({"operaton":"x"})");
  fields.text("operation", kOptional);
  fields.text("need", kOptional);
  EXPECT_EQ(refusal(),
            "operaton|the member \"operaton\" is not known here; did you mean \"operation\"?");
  on(R"({"zzzzzz":1})").text("operation", kOptional);
  EXPECT_THAT(refusal(), Not(HasSubstr("did you mean")));
  const std::string dangerous = "{\"\\u001b[2J\":1}";
  on(dangerous).text("operation", kOptional);
  EXPECT_EQ(refusal(), "|a member is not known here");
  on("{\"" + std::string(1000, 'a') + "\":1}").text("operation", kOptional);
  EXPECT_EQ(refusal(), "|a member is not known here");
}

TEST_F(FieldsTest, PlacesInsideAreNamed) {
  on(R"({"need":{"usd":-1}})").amounts("need", kRequired, units_);
  EXPECT_THAT(refusal(), HasSubstr("need.usd|"));
  on(R"({"labels":{"k":7}})").labels("labels");
  EXPECT_THAT(refusal(), HasSubstr("labels.k|"));
  on(R"({"list":["a",""]})").texts("list", 5, 5);
  EXPECT_THAT(refusal(), HasSubstr("list[1]|"));
  const Json inner = *Json::parse(R"({"cap":[]})");
  Fields outer(inner, "budgets[3]");
  outer.amount("cap", kRequired, kUsd);
  EXPECT_EQ(outer.finish().error().where, "budgets[3].cap");
}

TEST_F(FieldsTest, AnUnknownUnitIsSaidToBeOne) {
  Fields& fields = on(R"({"need":{"emails":1}})");
  fields.amounts("need", kRequired, units_);
  EXPECT_TRUE(fields.unknown_unit());
  ASSERT_TRUE(units_.intern("emails"));
  Fields& again = on(R"({"need":{"emails":1}})");
  EXPECT_TRUE(again.amounts("need", kRequired, units_));
  EXPECT_FALSE(again.unknown_unit());
}

TEST_F(FieldsTest, BodiesThatAreNoObjects) {
  for (const char* body : {"[]", "7", "null", "\"x\"", "true"}) {
    on(body).text("name", kOptional);
    EXPECT_THAT(refusal(), HasSubstr("the body must be an object, not ")) << body;
  }
}

TEST_F(FieldsTest, TextsHaveLimits) {
  on(R"({"t":""})").text("t", kRequired);
  EXPECT_EQ(refusal(), "t|must not be empty");
  on(R"({"t":"abc"})").text("t", kRequired, 2);
  EXPECT_EQ(refusal(), "t|must be at most 2 bytes long");
  on(R"({"t":"a\u007fb"})").text("t", kRequired);
  EXPECT_EQ(refusal(), "t|must not hold control characters");
  on(R"({"t":"größe"})").text("t", kRequired);
  EXPECT_EQ(refusal(), "");
}

TEST(NearestName, FindsSlipsAndNothingElse) {
  const std::vector<std::string_view> names{"operation", "need", "ttl_seconds"};
  EXPECT_EQ(nearest_name("operaiton", names), "operation");
  EXPECT_EQ(nearest_name("ttl_second", names), "ttl_seconds");
  EXPECT_EQ(nearest_name("needs", names), "need");
  EXPECT_EQ(nearest_name("x", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(1 << 20, 'x'), names), "");
}

}  // namespace
}  // namespace ringfence::api
