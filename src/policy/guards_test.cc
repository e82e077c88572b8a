// SPDX-License-Identifier: Apache-2.0
// The section `guards`: what is taken, what is refused with which words, and what matches.
#include <gmock/gmock.h>

#include <set>

#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Policy> policy_of(std::string_view guards) {
  const auto compiled = Policy::compile(
      "version: 1\nclasses: {risk:external: [\"tool:mail/*\", \"net:w:*\"]}\nguards: " +
          std::string(guards),
      "p.yaml");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return compiled ? *compiled : nullptr;
}

std::vector<std::uint32_t> matched(const Policy& policy, std::string_view operation) {
  std::vector<std::uint32_t> out;
  policy.match_guards(Operation::parse(operation).value(), out);
  return out;
}

TEST(Guards, WhatIsStatedAndWhatIsNot) {
  const auto policy = policy_of(R"([
    {name: dlp, match: "tool:mail/*", command: [/bin/dlp, --strict], timeout: 500ms,
     env: [A, B, A]},
    {name: pay, match: "pay:*", command: [/bin/pay]}])");
  ASSERT_NE(policy, nullptr);
  ASSERT_EQ(policy->guards().size(), 2U);
  const GuardRule& dlp = policy->guards()[0];
  EXPECT_EQ(dlp.name, "dlp");
  EXPECT_THAT(dlp.match, ElementsAre("tool:mail/*"));
  EXPECT_THAT(dlp.command, ElementsAre("/bin/dlp", "--strict"));
  EXPECT_EQ(dlp.timeout, Duration::millis(500));
  EXPECT_THAT(dlp.env, ElementsAre("A", "B"));
  const GuardRule& pay = policy->guards()[1];
  EXPECT_EQ(pay.timeout, Duration::seconds(2));
  EXPECT_THAT(pay.env, ElementsAre());
}

TEST(Guards, ListsAndClassesMatchOnceEach) {
  const auto policy = policy_of(R"([
    {name: wide, match: ["tool:*", "tool:mail/*", risk:external], command: [/g]},
    {name: mail, match: "tool:mail/send", command: [/g]}])");
  ASSERT_NE(policy, nullptr);
  EXPECT_THAT(matched(*policy, "tool:mail/send"), ElementsAre(0, 1));
  EXPECT_THAT(matched(*policy, "tool:web/get"), ElementsAre(0));
  EXPECT_THAT(matched(*policy, "net:w:example.com"), ElementsAre(0));
  EXPECT_THAT(matched(*policy, "net:r:example.com"), ElementsAre());
}

TEST(Guards, AServerInsteadOfAProgram) {
  const auto policy = policy_of(R"([
    {name: fraud, match: "pay:*", url: "https://fraud.example.com/ask?v=1", secret: {env: FRAUD}},
    {name: near, match: "pay:*", url: "http://127.0.0.1:9000", secret: {file: /k},
     allow_private: true, ca_file: /ca.pem, timeout: 1s}])");
  ASSERT_NE(policy, nullptr);
  const GuardRule& fraud = policy->guards()[0];
  EXPECT_EQ(fraud.url, "https://fraud.example.com/ask?v=1");
  EXPECT_EQ(fraud.secret.kind, KeySource::Kind::env);
  EXPECT_EQ(fraud.secret.value, "FRAUD");
  EXPECT_FALSE(fraud.allow_private);
  EXPECT_THAT(fraud.command, ElementsAre());
  const GuardRule& near = policy->guards()[1];
  EXPECT_TRUE(near.allow_private);
  EXPECT_EQ(near.ca_file, "/ca.pem");
  EXPECT_EQ(near.timeout, Duration::seconds(1));
}

// An answer that was given under another rule must be told apart.
TEST(Guards, EveryMemberIsInTheFingerprint) {
  std::set<std::string> prints;
  const std::string_view rules[] = {
      R"({name: a, match: "tool:*", command: [/g]})",
      R"({name: b, match: "tool:*", command: [/g]})",
      R"({name: a, match: "tool:x/*", command: [/g]})",
      R"({name: a, match: "tool:*", command: [/g, x]})",
      R"({name: a, match: "tool:*", command: [/g], env: [X]})",
      R"({name: a, match: "tool:*", command: [/g], timeout: 3s})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {env: A}})",
      R"({name: a, match: "tool:*", url: "https://b.example", secret: {env: A}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {env: B}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {file: /A}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {file: /B}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {command: [/A]}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {command: [/A, b]}})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {env: A},
          allow_private: true})",
      R"({name: a, match: "tool:*", url: "https://a.example", secret: {env: A}, ca_file: /c})",
  };
  for (const std::string_view rule : rules) {
    const auto policy = policy_of("[" + std::string(rule) + "]");
    ASSERT_NE(policy, nullptr);
    prints.insert(policy->guards()[0].fingerprint);
  }
  EXPECT_EQ(prints.size(), std::size(rules));
  const auto again = policy_of("[" + std::string(rules[0]) + "]");
  EXPECT_TRUE(prints.contains(again->guards()[0].fingerprint));
}

TEST(Guards, Refused) {
  struct Case {
    std::string_view guards;
    std::string_view problem;
  };
  const Case cases[] = {
      {"{}", "expected a list of guards"},
      {R"([{match: "*", command: [/g]}])", "found no `name`"},
      {R"([{name: "A b", match: "*", command: [/g]}])", "expected a guard's name"},
      {R"([{name: a, match: "*", command: [/g]}, {name: a, match: "*", command: [/g]}])",
       "found a second guard `a` (line 2)"},
      {"[{name: a, command: [/g]}]", "found no `match`"},
      {"[{name: a, match: [], command: [/g]}]", "found no pattern"},
      {R"([{name: a, match: "tol:*", command: [/g]}])", "unknown kind `tol`"},
      {R"([{name: a, match: "*"}])", "found neither `command` nor `url`"},
      {R"([{name: a, match: "*", command: [/g], url: "https://a.example", secret: {env: A}}])",
       "found both a `command` and a `url`"},
      {R"([{name: a, match: "*", command: [/g], secret: {env: A}}])", "it goes with `url`"},
      {R"([{name: a, match: "*", command: [/g], allow_private: true}])", "it goes with `url`"},
      {R"([{name: a, match: "*", command: [/g], ca_file: /c}])", "it goes with `url`"},
      {R"([{name: a, match: "*", url: "https://a.example", secret: {env: A}, env: [A]}])",
       "it goes with `command`"},
      {R"([{name: a, match: "*", url: "https://a.example"}])", "found no `secret`"},
      {R"([{name: a, match: "*", url: "https://a.example", secret: whsec_AAAA}])",
       "a secret itself never stands in a policy"},
      {R"([{name: a, match: "*", url: "https://a.example", secret: {from: client}}])",
       "found other keys here"},
      {R"([{name: a, match: "*", url: "ftp://a.example", secret: {env: A}}])", "no usable URL"},
      {R"([{name: a, match: "*", url: "https://u:p@a.example", secret: {env: A}}])",
       "no usable URL"},
      {R"([{name: a, match: "*", url: "http://a.example", secret: {env: A}}])", "without TLS"},
      {R"([{name: a, match: "*", url: "https://10.1.2.3", secret: {env: A}}])",
       "not of the open internet"},
      {R"([{name: a, match: "*", url: "https://[::1]/", secret: {env: A}}])",
       "not of the open internet"},
      {R"([{name: a, match: "*", url: "https://a.example", secret: {env: A}, ca_file: c}])",
       "expected an absolute path"},
      {R"([{name: a, match: "*", command: /g}])", "expected a list such as"},
      {R"([{name: a, match: "*", command: []}])", "found no absolute path"},
      {R"([{name: a, match: "*", command: [g]}])", "found no absolute path"},
      {R"([{name: a, match: "*", command: [/g, [x]]}])", "found no word of a command"},
      {R"([{name: a, match: "*", command: [/g], timeout: 99ms}])", "99ms"},
      {R"([{name: a, match: "*", command: [/g], timeout: 31s}])", "31s"},
      {R"([{name: a, match: "*", command: [/g], env: [A=b]}])", "expected a variable's name"},
      {R"([{name: a, match: "*", command: [/g], env: X}])", "expected a list of variables"},
      {R"([{name: a, match: "*", comand: [/g]}])", "did you mean `command`?"},
  };
  for (const Case& c : cases) {
    const auto compiled = Policy::compile("version: 1\nguards: " + std::string(c.guards), "p.yaml");
    ASSERT_FALSE(compiled) << c.guards;
    EXPECT_THAT(compiled.error().message, HasSubstr(c.problem)) << c.guards;
  }
}

}  // namespace
}  // namespace ringfence
