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
      {R"([{name: a, match: "*"}])", "found no `command`"},
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
