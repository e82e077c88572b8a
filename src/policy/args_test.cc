// SPDX-License-Identifier: Apache-2.0
#include "policy/args.h"

#include <gmock/gmock.h>

#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Policy> compiled(std::string_view body) {
  auto policy = Policy::compile("version: 1\n" + std::string(body), "p.yaml");
  EXPECT_TRUE(policy) << (policy ? "" : policy.error().message);
  return policy ? *policy : nullptr;
}

std::string problems_of(std::string_view body) {
  const auto policy = Policy::compile("version: 1\n" + std::string(body), "p.yaml");
  return policy ? "accepted" : policy.error().message;
}

// "ok", or "RULE PATH KEYWORD".
std::string told(const Policy& policy, std::string_view operation, std::string_view args) {
  const Json json = args.empty() ? Json() : Json::parse(args).value();
  const auto mismatch =
      policy.check_args(*Operation::parse(operation), args.empty() ? nullptr : &json);
  return mismatch ? mismatch->rule + " " + mismatch->path + " " + mismatch->keyword : "ok";
}

constexpr std::string_view kMail = R"(
args:
  - match: "tool:mail/send"
    schema:
      type: object
      required: [to]
      properties:
        to: {type: array, minItems: 1, items: {type: string, pattern: ^alice@acme\.com$}}
        subject: {type: string, maxLength: 80}
    control: [to, cc, bcc]
)";

TEST(Args, RecipientsPinnedAndBccSet) {
  const auto policy = compiled(kMail);
  const auto mail = [&](std::string_view args) { return told(*policy, "tool:mail/send", args); };
  EXPECT_EQ(mail(R"({"to":["alice@acme.com"]})"), "ok");
  EXPECT_EQ(mail(R"({"to":["alice@acme.com"],"bcc":["eve@evil.org"]})"),
            "tool:mail/send /bcc control");
  EXPECT_EQ(mail(R"({"to":["alice@acme.com","eve@evil.org"]})"), "tool:mail/send /to/1 pattern");
  EXPECT_EQ(mail(R"({"to":["alice@acme.com\neve@evil.org"]})"), "tool:mail/send /to/0 pattern");
  EXPECT_EQ(mail(R"({"to":"alice@acme.com"})"), "tool:mail/send /to type");
  EXPECT_EQ(mail(R"({"to":["alice@acme.com"],"body":"free"})"), "ok");
}

TEST(Args, WhatControlLeavesOutIsEmpty) {
  const auto policy = compiled(kMail);
  for (const std::string_view empty : {"null", "\"\"", "[]", "{}"}) {
    const std::string args = R"({"to":["alice@acme.com"],"cc":)" + std::string(empty) + "}";
    EXPECT_EQ(told(*policy, "tool:mail/send", args), "ok") << args;
  }
  for (const std::string_view full : {"0", "false", "\" \"", "[null]", R"({"a":null})"}) {
    const std::string args = R"({"to":["alice@acme.com"],"cc":)" + std::string(full) + "}";
    EXPECT_EQ(told(*policy, "tool:mail/send", args), "tool:mail/send /cc control") << args;
  }
}

TEST(Args, NoArgumentsAreAnEmptyMap) {
  const auto policy = compiled(kMail);
  EXPECT_EQ(told(*policy, "tool:mail/send", ""), "tool:mail/send /to required");
  EXPECT_EQ(told(*policy, "tool:mail/send", "[]"), "tool:mail/send  type");
  EXPECT_EQ(told(*policy, "tool:mail/read", ""), "ok");
  EXPECT_TRUE(policy->has_args_rules(*Operation::parse("tool:mail/send")));
  EXPECT_FALSE(policy->has_args_rules(*Operation::parse("tool:mail/read")));
}

TEST(Args, PinnedToEmptyIsMetByAbsence) {
  const auto policy = compiled(R"(
args:
  - match: "tool:*"
    schema: {type: object, properties: {bcc: {type: array, maxItems: 0}, note: {const: ""}}}
)");
  EXPECT_EQ(told(*policy, "tool:mail/send", "{}"), "ok");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"bcc":[],"note":""})"), "ok");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"bcc":["x"]})"), "tool:* /bcc maxItems");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"note":"x"})"), "tool:* /note const");
}

TEST(Args, AllRulesThatMatchHold) {
  const auto policy = compiled(R"(
classes: {sending: ["tool:mail/*", "tool:sms/*"]}
args:
  - {match: sending, control: [bcc]}
  - {match: "tool:mail/*", schema: {type: object, maxProperties: 2}}
)");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"a":1,"b":2})"), "ok");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"a":1,"b":2,"c":3})"),
            "tool:mail/*  maxProperties");
  EXPECT_EQ(told(*policy, "tool:mail/send", R"({"bcc":1})"), "sending /bcc control");
  EXPECT_EQ(told(*policy, "tool:sms/send", R"({"a":1,"b":2,"c":3})"), "ok");
}

TEST(Args, NothingOfTheValueIsTold) {
  const auto policy = compiled(R"(
args: [{match: "tool:a/b", schema: {type: object, additionalProperties: false}}]
)");
  EXPECT_EQ(told(*policy, "tool:a/b", R"({"sk-live-1234":"sk-live-5678"})"),
            "tool:a/b /* additionalProperties");
}

// However many rules match, they share what one decision may cost.
TEST(Args, ManyRulesShareTheWork) {
  std::string body = "args:\n";
  for (int i = 0; i < 500; ++i) {
    body += R"(  - {match: "tool:*", schema: {type: object, additionalProperties: {type: string}}})"
            "\n";
  }
  const auto policy = compiled(body);
  std::string args = R"({"a":"")";
  for (int i = 0; i < 500; ++i) args += ",\"a" + std::to_string(i) + "\":\"\"";
  EXPECT_EQ(told(*policy, "tool:a/b", args + "}"), "tool:*  work");
  EXPECT_EQ(told(*policy, "tool:a/b", R"({"a":""})"), "ok");
}

TEST(Args, Refused) {
  struct Case {
    std::string_view args;
    std::string_view problem;
  };
  const Case cases[] = {
      {"args: {}", "p.yaml:2:7: found a map; expected a list of argument rules"},
      {"args: [{match: \"tool:a/b\"}]", "p.yaml:2:8: found neither `schema` nor `control`"},
      {"args: [{schema: {type: object}}]", "p.yaml:2:8: found no `match`"},
      {"args: [{match: \"tol:a\", control: [a]}]", "found the unknown kind `tol`"},
      {"args: [{match: \"tool:a/b\", shema: {type: object}}]", "did you mean `schema`?"},
      {"args: [{match: \"tool:a/b\", schema: true}]",
       "p.yaml:2:36: found `true`; expected a schema that says something"},
      {"args: [{match: \"tool:a/b\", schema: true, control: [bcc]}]", "found `true`; expected"},
      {"args: [{match: \"tool:a/b\", schema: {}}]", "found an empty map; expected a schema that"},
      {"args: [{match: \"tool:a/b\", schema: {type: array}}]",
       "p.yaml:2:43: found a type other than object"},
      {"args: [{match: \"tool:a/b\", control: bcc}]", "expected a list of arguments such as"},
      {"args: [{match: \"tool:a/b\", control: [bcc, bcc]}]", "p.yaml:2:43: found `bcc` again"},
      {"args:\n  - match: \"tool:a/b\"\n    schema:\n      type: object\n      properties:\n"
       "        to: {type: string, minLenght: 1}",
       "p.yaml:7:28: unknown keyword `minLenght` in a schema; did you mean `minLength`?"},
      {"args:\n  - match: \"tool:a/b\"\n    schema:\n      type: object\n      properties:\n"
       "        to: {type: string, pattern: \"acme\"}",
       "p.yaml:7:37: found the pattern `acme`; expected it to start with ^ and to end with $"},
      {"args: [{match: \"tool:a/b\", schema: {type: object, minProperties: +1}}]",
       "found `+1`; expected a number as JSON writes it"},
  };
  for (const Case& c : cases) EXPECT_THAT(problems_of(c.args), HasSubstr(c.problem)) << c.args;
}

}  // namespace
}  // namespace ringfence
