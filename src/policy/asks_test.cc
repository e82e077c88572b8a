// SPDX-License-Identifier: Apache-2.0
// Ask rules: what they match, what they say, and what is refused in them.
#include "policy/asks.h"

#include <gmock/gmock.h>

#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

std::string document(std::string_view roles) {
  return "version: 1\naccounts: {a: {role: r}}\nroles:\n" + std::string(roles);
}

class Asked {
 public:
  explicit Asked(std::string_view roles) {
    const auto compiled = Policy::compile(document(roles), "p.yaml");
    EXPECT_TRUE(compiled) << compiled.error().message;
    if (compiled) policy_ = *compiled;
  }
  // The patterns of the rules that match, as written.
  std::vector<std::string> rules(std::string_view operation) const {
    std::vector<std::string> written;
    for (const AskRule* rule : found(operation)) written.push_back(rule->match);
    return written;
  }
  std::vector<const AskRule*> found(std::string_view operation) const {
    std::vector<const AskRule*> rules;
    EXPECT_TRUE(policy_->asks(*policy_->account("a").role, *Operation::parse(operation), rules));
    return rules;
  }

 private:
  std::shared_ptr<const Policy> policy_;
};

std::string problem_of(std::string_view ask) {
  const auto compiled =
      Policy::compile(document("  r: {ask: " + std::string(ask) + "}\n"), "p.yaml");
  EXPECT_FALSE(compiled) << ask;
  return compiled ? std::string() : compiled.error().message;
}

TEST(Asks, TheFormOfTheDesign) {
  const Asked asked(R"(
  r:
    ask:
      - {match: "tool:github/merge_*", approvers: ["group:release"], quorum: 2, expires: 30m,
         uses: 3}
      - {match: "*", over: {usd: "1.00"}}
)");
  const auto merge = asked.found("tool:github/merge_pull_request");
  ASSERT_EQ(merge.size(), 2U);
  EXPECT_EQ(merge[0]->terms, (AskTerms{{"group:release"}, 2, Duration::minutes(30), 3}));
  EXPECT_TRUE(merge[0]->covers({}));
  EXPECT_EQ(asked.rules("tool:github/get_issue"), std::vector<std::string>{"*"});
  const AskRule& dear = *merge[1];
  EXPECT_EQ(dear.terms, AskTerms{});
  Amounts need;
  EXPECT_FALSE(dear.covers(need));
  need.set(kUsd, 999'999'999);
  EXPECT_FALSE(dear.covers(need));
  need.set(kUsd, 1'000'000'000);  // thresholds are >=
  EXPECT_TRUE(dear.covers(need));
}

TEST(Asks, AnyOfSeveralUnitsIsEnough) {
  const Asked asked("  r: {ask: [{match: \"*\", over: {usd: \"1.00\", calls: 0}}]}\n");
  EXPECT_TRUE(asked.found("tool:a/b").front()->covers({}));  // 0 means 0
}

TEST(Asks, WhatItNamesItNamesAsADenyDoes) {
  const Asked asked("  r: {ask: [{match: \"cmd:git:push\"}, {match: \"tool:Mail/Send\"}]}\n");
  EXPECT_EQ(asked.rules("cmd:git:push:origin").size(), 1U);
  EXPECT_EQ(asked.rules("cmd:git:pull").size(), 0U);
  EXPECT_EQ(asked.rules("tool:mail/SEND").size(), 1U);
}

TEST(Asks, WhoAsksAboutShAsksAboutEveryShell) {
  const Asked asked("  r: {ask: [{match: \"cmd:sh:-c\"}, {match: [\"cmd:*\", \"cmd:bash\"]}]}\n");
  EXPECT_EQ(asked.rules("cmd:bash:-c:ls"), (std::vector<std::string>{"cmd:*, …", "cmd:sh:-c"}));
  EXPECT_EQ(asked.rules("cmd:bash:x").size(), 1U);
  EXPECT_EQ(asked.rules("cmd:rush:-c").size(), 1U);
}

TEST(Asks, WhatMayBeMeantIsAskedAbout) {
  const Asked asked("  r: {ask: [{match: \"cmd:git:push:origin:main\"}]}\n");
  const auto found = [&](std::string_view operation) { return asked.rules(operation).size(); };
  EXPECT_EQ(found("cmd:git:push:origin:dev"), 0U);
  EXPECT_EQ(found("cmd:git:push:origin:%00"), 1U);
  EXPECT_EQ(found("cmd:git:push:%00%00"), 1U);
  EXPECT_EQ(found("cmd:git:push:o%00:ma%00"), 1U);
  EXPECT_EQ(found("cmd:git:push:o%00:de%00"), 0U);
}

TEST(Asks, AChildAsksWhatItsParentAsks) {
  const Asked asked(
      "  r: {extends: p, ask: [{match: \"tool:a/*\"}]}\n  p: {ask: [{match: \"tool:a/b\"}]}\n");
  EXPECT_EQ(asked.rules("tool:a/b"), (std::vector<std::string>{"tool:a/*", "tool:a/b"}));
}

TEST(Asks, WhatIsRefused) {
  EXPECT_THAT(problem_of("{}"), HasSubstr("expected a list of ask rules"));
  EXPECT_THAT(problem_of("[{quorum: 1}]"), HasSubstr("match"));
  EXPECT_THAT(problem_of("[{match: \"*\", approver: x}]"), HasSubstr("did you mean `approvers`?"));
  EXPECT_THAT(problem_of("[{match: \"*\", approvers: [release]}]"),
              HasSubstr("expected group:<name> or user:<name>"));
  EXPECT_THAT(problem_of("[{match: \"*\", approvers: []}]"), HasSubstr("found 0 approvers"));
  EXPECT_THAT(problem_of("[{match: \"*\", quorum: 0}]"), HasSubstr("from 1 to 16"));
  EXPECT_THAT(problem_of("[{match: \"*\", uses: 1001}]"), HasSubstr("from 1 to 1000"));
  EXPECT_THAT(problem_of("[{match: \"*\", expires: 8d}]"), HasSubstr("expected a duration"));
  EXPECT_THAT(problem_of("[{match: \"*\", over: {}}]"), HasSubstr("found no amount"));
  EXPECT_THAT(problem_of("[{match: \"*\", over: {usb: 1}}]"), HasSubstr("did you mean `usd`?"));
  EXPECT_THAT(problem_of("[{match: \"*\", over: {usd: 1e3}}]"),
              HasSubstr("expected an amount of usd"));
}

TEST(Asks, TooManyAboutOneOperationAreNotRead) {
  const auto many = [](std::size_t count) {
    std::string rules;
    for (std::size_t i = 0; i < count; ++i) rules += R"({match: "tool:*"},)";
    return Policy::compile(document("  r: {ask: [" + rules + "]}\n"), "p.yaml").value();
  };
  const auto whole = [](const Policy& policy) {
    std::vector<const AskRule*> rules;
    return policy.asks(*policy.account("a").role, *Operation::parse("tool:a/b"), rules);
  };
  EXPECT_TRUE(whole(*many(kAskRulesTogetherMax)));
  EXPECT_FALSE(whole(*many(kAskRulesTogetherMax + 1)));
}

TEST(Asks, OfWalls) {
  const auto compiled = Policy::compile(R"(
version: 1
accounts:
  a: {budgets: [{usd: 1, window: day, on_exhausted: {ask: {approvers: ["user:ann"], expires: 5m}}}]}
limits:
  - {name: l, match: "*", calls: 3, on_exceed: ask}
)",
                                        "p.yaml");
  ASSERT_TRUE(compiled) << compiled.error().message;
  const WallRule budget = (*compiled)->account("a").budgets.front();
  EXPECT_EQ(budget.on_exceed, OnExceed::ask);
  EXPECT_EQ(budget.ask, (AskTerms{{"user:ann"}, 1, Duration::minutes(5), 1}));
  const WallRule& limit = (*compiled)->limits().front().wall;
  EXPECT_EQ(limit.on_exceed, OnExceed::ask);
  EXPECT_EQ(limit.ask, AskTerms{});
}

}  // namespace
}  // namespace ringfence
