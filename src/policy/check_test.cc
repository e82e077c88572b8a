// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "policy/policy.h"
#include "policy/starter.h"

namespace ringfence {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string warnings_of(std::string_view body) {
  const CheckReport report = check_policy("version: 1\n" + std::string(body), "p.yaml");
  EXPECT_TRUE(report.valid) << report.text("p.yaml");
  std::string lines;
  for (const std::string& warning : report.warnings) lines += warning + "\n";
  return lines;
}

TEST(Check, RefusedDocumentsListTheirProblems) {
  const CheckReport report = check_policy("version: 1\nbad: 1\nworse: 1\n", "p.yaml");
  EXPECT_FALSE(report.valid);
  EXPECT_EQ(report.problems.size(), 2U);
  EXPECT_THAT(report.text("p.yaml"), AllOf(HasSubstr("p.yaml: refused\np.yaml:2:1: unknown key"),
                                           HasSubstr("p.yaml:3:1: unknown key")));
}

TEST(Check, WhatIsProbablyNotMeant) {
  struct Case {
    std::string_view body;
    std::string_view warning;
  };
  const Case cases[] = {
      {"roles: {r: {allow: [\"*\"]}}\naccounts: {a/x-*: {role: r}}",
       "p.yaml:3:12: no budget bounds the accounts `a/x-*`"},
      {"roles: {r: {allow: [\"*\"]}}\naccounts: {a: {role: r, budgets: [{usd: 1, window: hour}]}}",
       "no budget bounds the accounts `a`"},
      {"roles: {r: {allow: [\"*\"]}}\n"
       "accounts: {a: {role: r, budgets: [{usd: 1, window: day, on_exhausted: warn}]}}",
       "no budget bounds the accounts `a`"},
      {"roles: {r: {allow: [\"*\"]}}", "p.yaml:2:9: no account has the role `r`"},
      {"roles: {r: {}}", "the role `r` allows nothing"},
      {"roles: {r: {allow: [\"llm:openai/*\"]}}",
       "allows `llm:openai/*`, but there is no provider"},
      {"roles: {r: {allow: [\"llm:*\"]}}\nlimits: [{name: l, match: \"cmd:*\", calls: 1}]",
       "p.yaml:3:10: the limit `l` can match nothing"},
      {"limits: [{name: l, match: \"*\", per: account, account: x, window: day, calls: 1}]",
       "which is not listed"},
      {"prices: {a/b: {call: 1}}", "p.yaml:2:10: the price of `a/b` is for the provider `a`"},
      {"providers: {a: {wire: openai, base_url: \"http://h.org\", key: {env: K}}}",
       "leaves this machine unencrypted"},
      {"providers: {a: {wire: openai, base_url: \"https://h.org\"}}",
       "the provider `a` has no key"},
      {"providers: {a: {wire: openai, base_url: \"https://h.org\"}}",
       "no model of `a` has a price"},
  };
  for (const Case& c : cases) EXPECT_THAT(warnings_of(c.body), HasSubstr(c.warning)) << c.body;
}

TEST(Check, SoundDocumentsHaveNoWarning) {
  const std::string_view bodies[] = {
      "roles: {r: {allow: [\"*\"]}}\naccounts: {/: {budgets: [{usd: 1, window: day}]}, a: {role: "
      "r}}",
      "roles: {r: {allow: [\"*\"], run: {budgets: [{calls: 1}]}}}\naccounts: {a: {role: r}}",
      "roles: {r: {allow: [\"*\"], unlimited: true}}\naccounts: {a: {role: r}}",
      "providers: {l: {wire: openai, base_url: \"http://127.0.0.1:1\", free: true}}",
  };
  for (const std::string_view body : bodies) EXPECT_EQ(warnings_of(body), "") << body;
}

TEST(Check, Summary) {
  const CheckReport report = check_policy(R"(
version: 1
providers: {p: {wire: openai, base_url: "https://h.org/v1", key: {env: K}, admission: strict}}
prices: {p/m: {call: "0.01"}}
roles:
  base: {allow: ["llm:*"], run: {lease: 1m, budgets: [{usd: "0.50"}]}}
  child: {extends: base, deny: ["llm:p/x"]}
accounts: {/: {budgets: [{usd: "20.00", window: day, on_exhausted: pause}]}, a: {role: child}}
limits: [{name: burst, match: "llm:*", per: agent, calls: 6, window: {rolling: 1m}}]
)",
                                          "p.yaml");
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_EQ(report.summary, R"(accounts: 2
  /: usd 20.00 per day, pauses
  a, role child
roles: 2
  base: 1 allow, 0 deny; run: lease 1m, at most 1d, usd 0.50 per run
  child (extends base): 0 allow, 1 deny; run: lease 1m, at most 1d, usd 0.50 per run
limits: 1
  burst: calls 6 in any 1m for llm:*, by agent
providers: 1
  p: openai at https://h.org/v1, key from $K, strict
prices: 1
  p/m
)");
  EXPECT_THAT(report.text("p.yaml"), HasSubstr("p.yaml: valid, sha256 " + report.sha256_hex));
}

TEST(Starter, CompilesAndWorks) {
  const std::string text = starter_policy();
  const CheckReport report = check_policy(text, "policy.yaml");
  ASSERT_TRUE(report.valid) << report.text("policy.yaml");
  EXPECT_THAT(report.warnings, IsEmpty());
  const auto policy = *Policy::compile(text, "policy.yaml");
  const AccountRules rules = policy->account(kStarterAccount);
  EXPECT_TRUE(rules.known);
  ASSERT_TRUE(rules.role);
  EXPECT_TRUE(policy->check(*rules.role, *policy->resolve_model("gpt-4o-mini"), {}).allowed);
  EXPECT_EQ(policy->resolve_model("claude-opus-5")->text(), "llm:anthropic/claude-opus-5");
  EXPECT_EQ(policy->resolve_model("gemini-2.5-pro")->text(), "llm:gemini/gemini-2.5-pro");
  EXPECT_FALSE(policy->check(*rules.role, *Operation::parse("cmd:rm"), {}).allowed);
  EXPECT_EQ(policy->account("/").budgets.at(0).cap, 20'000'000'000);
  EXPECT_EQ(policy->run_rule(*rules.role).lease, Duration::minutes(15));
  const Price* mini = policy->price(*policy->resolve_model("gpt-4o-mini-2024-07-18"), Time{});
  ASSERT_NE(mini, nullptr);
  EXPECT_EQ(mini->rates.get(Dimension::input), 150'000);
  EXPECT_EQ(mini->rates.get(Dimension::cached_input), 75'000);
  EXPECT_EQ(mini->rates.get(Dimension::output), 600'000);
}

// The starter with its commented examples from `first` to before `last` in force, counted; how many
// there are.
int with_examples(int first, int last, std::string& out) {
  std::istringstream lines(starter_policy());
  int found = 0;
  bool inside = false;
  std::size_t column = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t hash = std::min(line.find_first_not_of(' '), line.size());
    const bool comment = hash < line.size() && line[hash] == '#';
    const bool begins = comment && hash + 1 < line.size() && line[hash + 1] != ' ';
    const bool goes_on = inside && hash == column && line.substr(hash).starts_with("#  ");
    if (begins && !inside) ++found;
    inside = begins || goes_on;
    column = hash;
    if (inside && found > first && found <= last) line.erase(hash, 1);
    out += line + "\n";
  }
  return found;
}

TEST(Starter, EveryExampleIsValidAloneAndTogether) {
  std::string all;
  const int examples = with_examples(0, 1'000, all);
  EXPECT_EQ(examples, 22);
  const CheckReport report = check_policy(all, "policy.yaml");
  EXPECT_TRUE(report.valid) << report.text("policy.yaml") << all;
  for (int i = 0; i < examples; ++i) {
    std::string text;
    with_examples(i, i + 1, text);
    const CheckReport alone = check_policy(text, "policy.yaml");
    EXPECT_TRUE(alone.valid) << alone.text("policy.yaml") << text;
    EXPECT_NE(text, starter_policy());
  }
}

// Every example of a page: those marked `refused` must be, all others compile. Says how many.
int check_examples(const std::string& page) {
  std::ifstream file(page);
  EXPECT_TRUE(file) << "run from the top of the tree";
  std::string line;
  std::string example;
  std::string opening;
  int examples = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    if (opening.empty() && line.starts_with("```yaml")) {
      opening = line;
      example = line.find("part") != std::string::npos ? "version: 1\n" : "";
    } else if (!opening.empty() && line == "```") {
      const auto compiled = Policy::compile(example, page + ", example");
      if (opening.find("refused") != std::string::npos) {
        EXPECT_FALSE(compiled) << page << ", line " << number;
      } else {
        EXPECT_TRUE(compiled) << page << ", line " << number << "\n" << compiled.error().message;
      }
      opening.clear();
      ++examples;
    } else if (!opening.empty()) {
      example += line + "\n";
    }
  }
  return examples;
}

TEST(Docs, ExamplesHold) {
  EXPECT_GE(check_examples("docs/policy.md"), 7);
  EXPECT_GE(check_examples("docs/arguments.md"), 5);
  EXPECT_GE(check_examples("docs/guards.md"), 1);
}

}  // namespace
}  // namespace ringfence
