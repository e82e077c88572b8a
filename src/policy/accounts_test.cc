// SPDX-License-Identifier: Apache-2.0
// Which entries speak about an account, and what they say together; budgets and their amounts.
#include <gtest/gtest.h>

#include "policy/policy.h"

namespace ringfence {
namespace {

std::shared_ptr<const Policy> compile(std::string_view body, UnitTable units = {}) {
  const auto compiled =
      Policy::compile("version: 1\n" + std::string(body), "p.yaml", std::move(units));
  EXPECT_TRUE(compiled) << compiled.error().message;
  return compiled ? *compiled : nullptr;
}

std::string role_of(const Policy& policy, std::string_view account) {
  const AccountRules rules = policy.account(account);
  return rules.role ? policy.role_name(*rules.role) : "";
}

TEST(Accounts, TheMostSpecificEntryGivesTheRole) {
  const auto policy = compile(R"(
roles: {any: {}, team: {}, lead: {}, bot: {}, one: {}, deep: {}}
accounts:
  "**": {role: any}
  team/**: {role: deep}
  team/*: {role: team}
  team/lead-*: {role: lead}
  team/lead-bot-*: {role: bot}
  team/lead-bot-1: {role: one}
  team/lead-x: {budgets: [{calls: 1, window: day}]}
)");
  EXPECT_EQ(role_of(*policy, "/"), "");
  EXPECT_EQ(role_of(*policy, "other"), "any");
  EXPECT_EQ(role_of(*policy, "team"), "any");
  EXPECT_EQ(role_of(*policy, "team/a"), "team");
  EXPECT_EQ(role_of(*policy, "team/a/b"), "deep");
  EXPECT_EQ(role_of(*policy, "team/lead-a"), "lead");
  EXPECT_EQ(role_of(*policy, "team/lead-bot-2"), "bot");
  EXPECT_EQ(role_of(*policy, "team/lead-bot-1"), "one");
  EXPECT_EQ(role_of(*policy, "team/lead-x"), "lead");  // the literal entry states none
}

TEST(Accounts, KnownAreListedOnesAndTheirAncestors) {
  const auto policy = compile("accounts: {a/b/c: , d/e-*/f: {}, g/**/h: {}}");
  for (const char* path : {"/", "a", "a/b", "a/b/c", "d", "d/e-1/f", "g", "g/h", "g/x/y/h"}) {
    EXPECT_TRUE(policy->account(path).known) << path;
  }
  for (const char* path : {"b", "a/c", "a/b/c/d", "d/e-1", "d/x/f", "g/x", "h", "a/B", "", "a/"}) {
    EXPECT_FALSE(policy->account(path).known) << path;
  }
  EXPECT_TRUE(compile("")->account("/").known);
}

TEST(Accounts, OfTwoBudgetsTheStricterStands) {
  const auto policy = compile(R"(
roles: {r: {budgets: [{usd: "3", window: day, on_exhausted: pause}, {calls: 5, window: day}]}}
accounts:
  a/*: {budgets: [{usd: "2", window: day, on_exhausted: warn}, {calls: 9, window: day}]}
  a/b: {role: r, budgets: [{usd: "4", window: day}, {usd: "1", window: month}]}
)");
  const auto budgets = policy->account("a/b").budgets;
  ASSERT_EQ(budgets.size(), 3U);
  EXPECT_EQ(budgets[0].cap, 3'000'000'000);  // a wall that only warns never replaces one that holds
  EXPECT_EQ(budgets[0].on_exceed, OnExceed::pause);
  EXPECT_EQ(budgets[1].cap, 5);
  EXPECT_EQ(budgets[2].window.kind, WindowKind::month);
  EXPECT_EQ(policy->account("a/c").budgets[0].on_exceed, OnExceed::warn);
}

TEST(Accounts, UnlimitedFromEntryOrRole) {
  const auto policy = compile(R"(
roles: {free: {unlimited: true}, child: {extends: free}, not: {extends: free, unlimited: false}}
accounts: {a: {unlimited: true}, b: {role: free}, c: {role: child}, d: {role: not}, e: }
)");
  EXPECT_TRUE(policy->account("a").unlimited);
  EXPECT_TRUE(policy->account("b").unlimited);
  EXPECT_TRUE(policy->account("c").unlimited);
  EXPECT_FALSE(policy->account("d").unlimited);
  EXPECT_FALSE(policy->account("e").unlimited);
  EXPECT_FALSE(policy->account("a/b").unlimited);  // the ledger looks at ancestors, not this
}

struct Amount {
  std::string_view text;
  std::int64_t nano;
};

TEST(Budgets, AmountsAreExact) {
  const Amount cases[] = {
      {"0.50", 500'000'000},
      {"\"0.50\"", 500'000'000},
      {"0.0030", 3'000'000},
      {"0", 0},
      {"0.000000001", 1},
      {"0.1", 100'000'000},
      {"12", 12'000'000'000},
      {"0.3000000000000", 300'000'000},
      {"9000000000", 9'000'000'000'000'000'000},
      {"1.10", 1'100'000'000},
      {"0.07", 70'000'000},
  };
  for (const Amount& c : cases) {
    const auto policy =
        compile("accounts: {/: {budgets: [{window: day, usd: " + std::string(c.text) + "}]}}");
    EXPECT_EQ(policy->account("/").budgets.at(0).cap, c.nano) << c.text;
  }
}

TEST(Budgets, WindowsAlertsAndFloors) {
  const auto policy = compile(R"(
roles: {r: {run: {budgets: [{usd: "1"}, {concurrent: 2}, {calls: 5, window: lifetime}]}}}
accounts:
  a: {budgets: [{calls: 1000, window: {rolling: 5m}, expected: 7,
                 alerts: ["50%", "12.5%", "100%"]}]}
  b: {role: r, budgets: [{seconds: "1.5", window: week, floor: "5%"},
                         {tokens: 10, window: hour, floor: 4}]}
  c: {budgets: [{usd: 0, window: day}]}
)");
  const WallRule a = policy->account("a").budgets.at(0);
  EXPECT_EQ(to_string(a.window), "rolling:5m");
  EXPECT_EQ(a.floor, 10);
  ASSERT_EQ(a.alerts.size(), 4U);
  EXPECT_EQ(a.alerts[0].permille, 500);
  EXPECT_EQ(a.alerts[1].permille, 125);
  EXPECT_EQ(a.alerts[2].permille, 1000);
  EXPECT_EQ(a.alerts[2].amount, -1);
  EXPECT_EQ(a.alerts[3].amount, 7);
  const AccountRules b = policy->account("b");
  EXPECT_EQ(b.budgets.at(0).cap, 1500);  // milliseconds
  EXPECT_EQ(b.budgets.at(0).floor, 75);
  EXPECT_EQ(b.budgets.at(1).floor, 4);
  const RunRule& run = policy->run_rule(*b.role);
  ASSERT_EQ(run.budgets.size(), 3U);
  EXPECT_EQ(run.budgets[0].window.kind, WindowKind::run);
  EXPECT_EQ(run.budgets[1].window.kind, WindowKind::none);
  EXPECT_EQ(run.budgets[2].window.kind, WindowKind::lifetime);
  EXPECT_EQ(policy->account("c").budgets.at(0).cap, 0);
  EXPECT_EQ(policy->account("c").budgets.at(0).floor, 0);
}

TEST(Budgets, RunTimesStayInOrder) {
  const auto policy = compile(R"(
roles:
  plain: {}
  short: {run: {max_age: 5m}}
  child: {extends: short, run: {lease: 90s, budgets: [{usd: "2"}]}}
accounts: {a: {role: plain}, b: {role: short}, c: {role: child}}
)");
  const RunRule plain = policy->run_rule(*policy->account("a").role);
  EXPECT_EQ(plain.lease, Duration::minutes(15));
  EXPECT_EQ(plain.max_age, Duration::hours(24));
  EXPECT_EQ(policy->run_rule(*policy->account("b").role).lease, Duration::minutes(5));
  const RunRule child = policy->run_rule(*policy->account("c").role);
  EXPECT_EQ(child.lease, Duration::seconds(90));
  EXPECT_EQ(child.max_age, Duration::minutes(5));
  EXPECT_EQ(child.budgets.at(0).cap, 2'000'000'000);
}

TEST(Units, ATakenOverTableKeepsItsNumbers) {
  UnitTable units;
  ASSERT_TRUE(units.intern("letters"));
  ASSERT_TRUE(units.intern("emails"));
  constexpr std::string_view kBody =
      "units: {emails: {count: [{match: \"tool:mail/*\"}]}}\n"
      "accounts: {/: {budgets: [{emails: 3, window: day}]}}\n";
  const auto policy = compile(kBody, units);
  EXPECT_EQ(policy->units().find("letters")->index, kBuiltInUnits);
  EXPECT_EQ(policy->account("/").budgets.at(0).unit.index, kBuiltInUnits + 1);
  // A unit that only an older version declared is none of this one's.
  const auto refused = Policy::compile(
      "version: 1\naccounts: {/: {budgets: [{letters: 3, window: day}]}}", "p.yaml", units);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("unknown key `letters`"), std::string::npos);
}

}  // namespace
}  // namespace ringfence
