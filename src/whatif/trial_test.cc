// SPDX-License-Identifier: Apache-2.0
#include "whatif/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringfence {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPolicy = R"(version: 1
accounts:
  acme: {budgets: [{usd: "1.00", window: day}]}
  acme/bot-*: {role: bot}
roles:
  bot:
    allow: ["cmd:git:*", "tool:x/*"]
    deny: ["cmd:git:push"]
    run: {budgets: [{calls: 3}]}
limits:
  - {name: one-at-once, match: "tool:*", per: agent, concurrent: 1}
  - {name: per-user, match: "tool:*", per: user, calls: 2, window: day}
)";

TrialResult run(const std::string& test) {
  const std::string text = std::string(kPolicy) + "tests:\n  - " + test + "\n";
  const auto policy = Policy::compile(text, "p.yaml");
  EXPECT_TRUE(policy) << policy.error().message;
  const auto tests = tests_of(text, "p.yaml", (*policy)->units());
  EXPECT_EQ(tests->size(), 1U);
  return run_trial(*policy, tests->front());
}

struct Row {
  const char* test;
  bool passes;
  const char* got;
};

class Trials : public ::testing::TestWithParam<Row> {};

TEST_P(Trials, SayWhatTheEngineDecides) {
  const TrialResult result = run(GetParam().test);
  EXPECT_EQ(result.passed, GetParam().passes) << result.expected_text << "\n" << result.got_text;
  EXPECT_THAT(result.got_text + result.problem, HasSubstr(GetParam().got));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Trials,
    ::testing::Values(
        Row{"{as: acme/bot-1, operation: cmd:git:status, expect: allow}", true, "allow"},
        Row{"{as: acme/bot-1, operation: cmd:git:status, expect: refuse}", false, "allow"},
        Row{"{as: acme/bot-1, operation: cmd:git:push:x, expect: refuse, rule: cmd:git:push}", true,
            "denied by the rule cmd:git:push"},
        Row{"{as: acme/bot-1, operation: cmd:git:push:x, expect: refuse, rule: other}", false,
            "denied"},
        Row{"{as: acme/bot-1, operation: cmd:ls, expect: refuse, reason: denied}", true, "denied"},
        Row{"{as: nobody, operation: cmd:ls, expect: refuse, reason: not_found}", true,
            "no such account"},
        Row{"{as: acme/bot-1, operation: tool:x/y, need: {usd: '1.00'}, expect: allow}", true,
            "allow"},
        Row{"{as: acme/bot-1, operation: tool:x/y, need: {usd: '1.000000001'}, expect: refuse, "
            "reason: too_large, wall: budget usd/day of acme}",
            true, "too_large"},
        Row{"{as: acme/bot-1, operation: tool:x/y, need: {usd: '0.5'}, expect: refuse, wall: "
            "budget, after: [{as: acme/bot-2, operation: tool:x/y, need: {usd: '0.51'}}]}",
            true, "budget usd/day of acme"},
        Row{"{as: acme/bot-1, operation: tool:x/y, expect: refuse, wall: one-at-once, "
            "reason: busy, after: [{as: acme/bot-1, operation: tool:x/y, open: true}]}",
            true, "busy"},
        Row{"{as: acme/bot-1, operation: cmd:git:log, expect: refuse, reason: exhausted, "
            "after: [{as: acme/bot-1, operation: cmd:git:log, times: 3}]}",
            true, "calls/run"},
        Row{"{as: acme/bot-1, operation: cmd:git:log, expect: allow, "
            "after: [{as: acme/bot-1, operation: cmd:git:log, times: 4}]}",
            false, "the earlier request cmd:git:log of acme/bot-1 was not allowed"},
        Row{"{as: acme/bot-2, user: ann, operation: tool:x/y, expect: refuse, wall: per-user, "
            "after: [{as: acme/bot-1, user: ann, operation: tool:x/y, times: 2}]}",
            true, "user:ann"},
        Row{"{as: acme/bot-2, user: bob, operation: tool:x/y, expect: allow, "
            "after: [{as: acme/bot-1, user: ann, operation: tool:x/y, times: 2}]}",
            true, "allow"}));

INSTANTIATE_TEST_SUITE_P(
    Commands, Trials,
    ::testing::Values(
        Row{"{as: acme/bot-1, command: 'git log | git status -s', expect: allow, "
            "rule: 'cmd:git:*'}",
            true, "allow"},
        Row{"{as: acme/bot-1, command: 'git log && git push x', expect: refuse, "
            "reason: denied, rule: cmd:git:push}",
            true, "denied by the rule cmd:git:push"},
        Row{"{as: acme/bot-1, command: 'git log; ls', expect: refuse, reason: denied}", true,
            "No rule allows this operation"},
        Row{"{as: acme/bot-1, command: 'git log \"', expect: refuse, reason: denied}", true,
            "What this command would start cannot be told"},
        Row{"{as: acme/bot-1, command: 'git log > ~/.ssh/authorized_keys', expect: refuse, "
            "reason: denied}",
            true, "This is dangerous"},
        Row{"{as: acme/bot-1, command: '# nothing', expect: refuse, reason: invalid}", true,
            "starts no program"},
        Row{"{as: acme/bot-1, operation: 'cmd:git:-C:d:push', expect: refuse, rule: cmd:git:push}",
            true, "denied"},
        Row{"{as: acme/bot-1, command: 'git log', expect: allow, "
            "after: [{as: acme/bot-1, command: 'git log; ls'}]}",
            false, "the earlier request git log; ls of acme/bot-1 was not allowed"}));

// Argument rules see the line where the API has it; guards are taken to allow, whichever of the
// programs they are for.
TEST(Trial, ArgumentsAndGuardsOfALine) {
  const std::string text = std::string(kPolicy) + R"(
guards:
  - {name: status, match: "cmd:git:status", command: [/bin/false]}
  - {name: log, match: "cmd:git:log", command: [/bin/false]}
args:
  - match: "cmd:git:log"
    schema:
      type: object
      properties: {command: {type: string, maxLength: 21}}
tests:
  - {as: acme/bot-1, command: "git log && git status", expect: allow}
  - {as: acme/bot-1, command: "git log && git  status", expect: refuse, reason: denied}
)";
  const auto policy = Policy::compile(text, "p.yaml");
  ASSERT_TRUE(policy) << policy.error().message;
  const auto tests = tests_of(text, "p.yaml", (*policy)->units());
  for (const PolicyTest& test : *tests) {
    const TrialResult result = run_trial(*policy, test);
    EXPECT_TRUE(result.passed) << result.got_text << result.problem;
  }
}

TEST(TestsSection, MistakesRefuseTheDocument) {
  const std::string text = std::string(kPolicy) +
                           "tests:\n"
                           "  - {as: acme/bot-1, expect: allow}\n"
                           "  - {as: Acme, operation: cmd:ls, expect: maybe}\n"
                           "  - {as: acme, operation: cmd:ls, expct: allow}\n"
                           "  - {as: acme, operation: cmd:ls, need: {us: '1'}, expect: allow}\n"
                           "  - {as: acme, operation: ls, at: noon, expect: refuse}\n"
                           "  - {as: acme, operation: cmd:ls, expect: allow, wall: budget}\n";
  const auto policy = Policy::compile(text, "p.yaml");
  ASSERT_FALSE(policy);
  for (const char* said :
       {"p.yaml:14:5: found a request without one operation", "found the account `Acme`",
        "found `maybe`; expected allow, ask or refuse", "unknown key `expct`",
        "unknown unit `us`; did you mean `usd`?", "found the operation `ls`", "found `noon`",
        "found a reason or a wall for an allowed request"}) {
    EXPECT_THAT(policy.error().message, HasSubstr(said));
  }
}

TEST(TestsSection, ArgumentsKeepTheirText) {
  const std::string text = std::string(kPolicy) +
                           "tests:\n  - {as: acme/bot-1, operation: tool:x/y, expect: allow, "
                           "args: {to: [a], n: 0.50, s: '1', t: true, z: null}}\n";
  const auto policy = Policy::compile(text, "p.yaml");
  ASSERT_TRUE(policy) << policy.error().message;
  const auto tests = tests_of(text, "p.yaml", (*policy)->units());
  EXPECT_EQ(tests->front().request.args, R"({"to":["a"],"n":0.50,"s":"1","t":true,"z":null})");
}

}  // namespace
}  // namespace ringfence
