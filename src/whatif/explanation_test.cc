// SPDX-License-Identifier: Apache-2.0
#include "whatif/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "whatif/asked.h"

namespace ringfence {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPolicy = R"(version: 1
accounts:
  acme: {budgets: [{usd: "10.00", window: month}]}
  acme/bot-*: {role: lead}
  loose: {role: lead}
  mute:
roles:
  bot:
    allow: ["cmd:git:*", "tool:x/*", "cmd:rm:*"]
    deny: ["cmd:git:push"]
  lead:
    extends: bot
    require: [user]
    run: {budgets: [{calls: 3}]}
limits:
  - {name: slow, match: "tool:*", per: agent, calls: 0, window: day}
args:
  - match: "tool:x/send"
    schema: {type: object, properties: {to: {type: string, maxLength: 3}}}
guards:
  - {name: logs, match: "cmd:git:log", command: [/bin/false]}
ask:
  - {match: "cmd:git:clone", over: {usd: "3.00"}}
loops:
  - {match: "cmd:git:*", same: 4, window: {rolling: 1h}}
prices:
  cmd:git:clone: {call: "4.00"}
)";

class Asked {
 public:
  explicit Asked(std::string_view text = kPolicy) {
    const auto policy = Policy::compile(text, "p.yaml");
    EXPECT_TRUE(policy) << policy.error().message;
    policy_ = *policy;
    EXPECT_TRUE(engine_.start(policy_, "test", nullptr, now_, out_));
  }

  Explanation explained(TestRequest request, const std::string& need = "") {
    if (request.user.empty()) request.user = "ann";
    request.need = *parse_need(need, policy_->units());
    const ProspectQuestion question{
        request.account, {request.user, "", "", ""}, *hold_for(request)};
    return explain(engine_.prospect(question, now_.time), question, rule_places_of(*policy_));
  }
  void step(Command command) {
    out_.clear();
    engine_.step(1, std::move(command), now_, out_);
  }
  Output& out() { return out_; }

 private:
  std::shared_ptr<const Policy> policy_;
  Engine engine_;
  Output out_;
  Now now_{*parse_rfc3339("2026-01-05T12:00:00Z"), false};
};

TestRequest operation(const char* account, const char* text) {
  TestRequest request;
  request.account = account;
  request.operation = text;
  return request;
}
TestRequest command(const char* account, const char* line) {
  TestRequest request;
  request.account = account;
  request.command = line;
  return request;
}

TEST(Explanation, SaysWhichRuleAllowsAndWhere) {
  const Explanation said = Asked().explained(command("acme/bot-1", "git status | git log"));
  EXPECT_TRUE(said.allowed) << json_of(said).text();
  EXPECT_THAT(said.gates, Contains(Field(&ExplainedGate::place, "p.yaml:9:13")));
  EXPECT_THAT(said.gates, Contains(Field(&ExplainedGate::because, "lead, of acme/bot-1")));
  EXPECT_THAT(said.gates, Contains(Field(&ExplainedGate::because, "asked first: logs")));
  ASSERT_EQ(said.walls.size(), 2U) << "the month's money and the run's calls";
  EXPECT_EQ(said.walls[1].wall.need, 2) << "one for each program";
  EXPECT_TRUE(said.changes.empty());
}

TEST(Explanation, SaysWhatWouldHaveToChange) {
  struct Row {
    TestRequest request;
    const char* need;
    const char* change;
  };
  TestRequest long_argument = operation("acme/bot-1", "tool:x/send");
  long_argument.args = R"({"to":"four"})";
  for (const Row& row : {
           Row{operation("acme/bot-1", "cmd:git:push:x"), "",
               "take `cmd:git:push` out of deny (p.yaml:10:12)"},
           Row{command("acme/bot-1", "git log && ls"), "",
               "add `allow: [\"cmd:ls\"]` to the role lead"},
           Row{command("acme/bot-1", "rm -rf /"), "", "add `danger: [\"danger:"},
           Row{command("acme/bot-1", "git log \""), "", "no rule can allow what cannot be read"},
           Row{operation("acme/bot-1", "cmd:git:log"), "usd=12.34",
               "raise budget of acme, usd/month, to at least 12.34; or wait until 2026-02-01"},
           Row{operation("acme/bot-1", "cmd:git:log"), "calls=4",
               "raise budget of acme/bot-1/a-new-run, calls/run, to at least 4"},
           Row{operation("acme/bot-1", "tool:x/y"), "",
               "raise slow of acme/bot-1, calls/day, to at least 1"},
           Row{long_argument, "", "ask with other arguments"},
           Row{operation("nobody", "cmd:ls"), "", "add `nobody:` to accounts"},
           Row{operation("mute", "cmd:ls"), "", "give mute a role in accounts"},
       }) {
    const Explanation said = Asked().explained(row.request, row.need);
    EXPECT_FALSE(said.allowed) << row.change;
    EXPECT_THAT(said.changes, Contains(HasSubstr(row.change))) << json_of(said).text();
  }
}

TEST(Explanation, SaysWhatIsCountedAndWhoIsAsked) {
  Asked asked;
  const Explanation clone = asked.explained(operation("acme/bot-1", "cmd:git:clone"));
  EXPECT_THAT(json_of(clone).text(), HasSubstr("a person has to agree first, by cmd:git:clone"));
  EXPECT_THAT(json_of(clone).text(), HasSubstr("cmd:git:* is counted: the same 4 times per"));
  const Explanation log = asked.explained(operation("acme/bot-1", "cmd:git:log"));
  EXPECT_THAT(json_of(log).text(), Not(HasSubstr("a person")));
}

TEST(Explanation, SaysWhoMustBeNamed) {
  TestRequest anonymous = operation("acme/bot-1", "cmd:git:log");
  anonymous.user = "-";
  Asked asked;
  EXPECT_TRUE(asked.explained(anonymous).allowed);
  ProspectQuestion question{"acme/bot-1", {}, *hold_for(anonymous)};
  const auto policy = Policy::compile(kPolicy, "p.yaml");
  Engine engine;
  Output out;
  const Now now{*parse_rfc3339("2026-01-05T12:00:00Z"), false};
  ASSERT_TRUE(engine.start(*policy, "test", nullptr, now, out));
  const Explanation said =
      explain(engine.prospect(question, now.time), question, rule_places_of(**policy));
  EXPECT_THAT(said.changes, Contains(HasSubstr("on behalf of a user")));
}

// The figures of now, a price as the need, and nothing is recorded by asking.
TEST(Explanation, TellsTheFiguresOfNow) {
  Asked asked;
  StartRun start;
  start.run_id = "r_1";
  start.account = "acme/bot-1";
  start.identity.user = "ann";
  start.lease = Lease::none;
  asked.step(start);
  auto place = *hold_for(operation("acme/bot-1", "cmd:git:log"));
  place.run_id = "r_1";
  place.holder = "run:r_1";
  place.need.set(kUsd, 7'000'000'000);
  place.operation = "cmd:git:status";
  asked.step(place);
  ASSERT_TRUE(std::holds_alternative<AllowReply>(asked.out().replies.back().second));
  const Explanation said = asked.explained(command("acme/bot-2", "git clone"));
  EXPECT_FALSE(said.allowed);
  ASSERT_FALSE(said.walls.empty());
  EXPECT_EQ(said.walls[0].wall.meter.held, 7'000'000'000);
  EXPECT_EQ(said.walls[0].wall.need, 4'000'000'000);
  EXPECT_THAT(said.changes, Contains(HasSubstr("to at least 11")));
}

TEST(Explanation, NamesTheFileOfTheRule) {
  const std::string text = "# file: a.yaml\n---\n" + std::string(kPolicy) +
                           "# file: b.yaml\n---\nversion: 1\ndeny: [\"cmd:git:log\"]\n";
  const Explanation said = Asked(text).explained(operation("acme/bot-1", "cmd:git:log"));
  EXPECT_FALSE(said.allowed);
  EXPECT_THAT(said.gates, Contains(Field(&ExplainedGate::place, "b.yaml:2:8")));
}

}  // namespace
}  // namespace ringfence
