// SPDX-License-Identifier: Apache-2.0
#include "whatif/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr std::string_view kHead = R"(version: 1
accounts:
  acme: {budgets: [{usd: "10.00", window: day}]}
  acme/bot-*: {role: bot}
)";

std::shared_ptr<const Policy> policy_of(const std::string& rest) {
  const std::string text = std::string(kHead) + rest;
  auto policy = Policy::compile(text, "p.yaml");
  EXPECT_TRUE(policy) << policy.error().message;
  return *policy;
}

const std::string kRoles =
    "roles: {bot: {allow: ['tool:x/*', 'llm:*'], deny: ['tool:x/rm'], run: {budgets: [{calls: "
    "6}]}}}\n";
const std::string kWider =
    "roles: {bot: {allow: ['tool:x/*', 'llm:*'], run: {budgets: [{calls: 6}]}}}\n";
const std::string kNarrower =
    "roles: {bot: {allow: ['tool:x/get'], run: {budgets: [{calls: 2}]}}}\n";

// An engine's life, and what it recorded.
class Life {
 public:
  explicit Life(std::shared_ptr<const Policy> policy) {
    EXPECT_TRUE(engine_.start(std::move(policy), "test", nullptr, now_, out_));
    keep();
  }

  Reply ask(Command command) {
    now_.time = now_.time + Duration::seconds(1);
    out_.clear();
    engine_.step(1, std::move(command), now_, out_);
    keep();
    return out_.replies.back().second;
  }
  void run(const std::string& id, const std::string& account) {
    StartRun start;
    start.run_id = id;
    start.account = account;
    start.actor = "olga";
    ask(std::move(start));
  }
  // Places, and settles what is allowed at `actual` dollars.
  void call(const std::string& run, const std::string& operation, std::int64_t need_nano,
            std::int64_t actual_nano) {
    PlaceHold place;
    place.run_id = run;
    place.operation = operation;
    place.holder = "run:" + run;
    place.need.set(kUsd, need_nano);
    const Reply reply = ask(std::move(place));
    const auto* allow = std::get_if<AllowReply>(&reply);
    if (allow == nullptr) return;
    ResolveHold settle;
    settle.hold = allow->hold;
    settle.holder = "run:" + run;
    settle.actual.set(kUsd, actual_nano);
    ask(std::move(settle));
  }
  void finish() {
    out_.clear();
    engine_.finish(now_, out_);
    keep();
  }
  const std::vector<Event>& events() const { return events_; }
  const UnitTable& units() const { return engine_.units(); }

 private:
  void keep() { events_.insert(events_.end(), out_.events.begin(), out_.events.end()); }

  Engine engine_;
  Output out_;
  Now now_{*parse_rfc3339("2026-01-05T12:00:00Z"), false};
  std::vector<Event> events_;
};

constexpr std::int64_t kDollar = 1'000'000'000;

std::unique_ptr<const Life> recorded() {
  auto made = std::make_unique<Life>(policy_of(kRoles));
  Life& life = *made;
  life.run("r_a", "acme/bot-1");
  life.run("r_b", "acme/bot-2");
  life.call("r_a", "tool:x/get", kDollar, kDollar / 2);
  life.call("r_a", "tool:x/put", 2 * kDollar, kDollar);
  life.call("r_a", "tool:x/put", 2 * kDollar, kDollar);
  life.call("r_a", "tool:x/rm", kDollar, 0);                              // denied
  for (int i = 0; i < 3; ++i) life.call("r_a", "tool:x/rm", kDollar, 0);  // again: counted
  life.call("r_b", "tool:x/get", 20 * kDollar, 0);                        // more than acme has
  life.call("r_unknown", "tool:x/get", kDollar, 0);                       // no policy decides that
  life.finish();
  return made;
}

SimulationReport simulate(const Life& life, const std::string& rest, SimulationScope scope = {}) {
  Simulation simulation(nullptr, policy_of(rest), life.units(), scope);
  for (const Event& event : life.events()) simulation.feed(event);
  return simulation.finish();
}

TEST(Simulation, TheSamePolicyChangesNothing) {
  const SimulationReport report = simulate(*recorded(), kRoles);
  EXPECT_EQ(report.allowed, 3);
  EXPECT_EQ(report.refused, 6);
  EXPECT_EQ(report.allowed_to_refused + report.refused_to_allowed, 0);
  EXPECT_EQ(report.other_reason + report.clamped + report.not_reproduced, 0);
  EXPECT_TRUE(report.groups.empty());
}

TEST(Simulation, ANarrowerPolicySaysWhatItWouldHaveSaved) {
  const SimulationReport report = simulate(*recorded(), kNarrower);
  EXPECT_EQ(report.allowed_to_refused, 2);
  EXPECT_EQ(report.refused_to_allowed, 0);
  EXPECT_EQ(report.saved_usd_nano, 2 * kDollar) << "what was spent in truth, not what was held";
  ASSERT_EQ(report.groups.size(), 1U);
  EXPECT_EQ(report.groups[0].reason, "denied");
  EXPECT_EQ(report.groups[0].account, "acme/bot-1");
  EXPECT_EQ(report.groups[0].examples.size(), 2U);
  EXPECT_EQ(report.groups[0].examples[0].operation, "tool:x/put");
}

TEST(Simulation, AWiderPolicyWeighsWhatWasCountedTogether) {
  const SimulationReport report = simulate(*recorded(), kWider);
  EXPECT_EQ(report.refused_to_allowed, 3) << "the run has six calls, three were used";
  EXPECT_EQ(report.allowed_to_refused, 0);
  EXPECT_EQ(report.added_unknown, 3);
  EXPECT_EQ(report.other_reason, 1) << "the fourth one meets the run's wall";
}

TEST(Simulation, ATighterWallRefusesFromThereOn) {
  const std::string tight =
      "roles: {bot: {allow: ['tool:x/*'], deny: ['tool:x/rm'], run: {budgets: [{usd: '2.50'}]}}}\n";
  const SimulationReport report = simulate(*recorded(), tight);
  EXPECT_EQ(report.allowed_to_refused, 1);
  EXPECT_EQ(report.saved_usd_nano, kDollar);
  ASSERT_EQ(report.groups.size(), 1U);
  EXPECT_EQ(report.groups[0].because, "budget usd/run of acme/bot-1/r_a");
}

TEST(Simulation, OnlyWhatLiesInScopeCounts) {
  SimulationScope scope;
  scope.since = *parse_rfc3339("2026-01-06T00:00:00Z");
  const SimulationReport report = simulate(*recorded(), kNarrower, scope);
  EXPECT_EQ(report.allowed + report.refused, 0);
  EXPECT_EQ(report.allowed_to_refused, 0);
}

TEST(Simulation, TwoPoliciesBesideEachOther) {
  const auto made = recorded();
  const Life& life = *made;
  Simulation simulation(policy_of(kNarrower), policy_of(kNarrower), life.units(), {});
  for (const Event& event : life.events()) simulation.feed(event);
  const SimulationReport report = simulation.finish();
  EXPECT_EQ(report.allowed_to_refused + report.refused_to_allowed, 0);
}

}  // namespace
}  // namespace ringfence
