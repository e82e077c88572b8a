// SPDX-License-Identifier: Apache-2.0
#include "service/policy_changer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "journal/test_folder.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using Outcome = std::expected<PolicyOutcome, PolicyProblem>;

// A document with these budgets on acme.
std::string document(const std::string& budgets) {
  return "version: 1\naccounts:\n  acme: {budgets: [{usd: \"1000\", window: lifetime}" + budgets +
         "]}\n  acme/*: {role: worker}\nroles:\n  worker: {allow: [\"tool:*\"]}\n";
}

PolicyChange to(std::string text) {
  PolicyChange change;
  change.text = std::move(text);
  change.name = "p.yaml";
  change.actor = "olga";
  return change;
}

class PolicyChangerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    open();
    StartRun start;
    start.run_id = "r_1";
    start.account = "acme/one";
    start.actor = "test";
    ASSERT_TRUE(std::holds_alternative<RunReply>(ask(start)));
  }
  void open() {
    ServiceOptions options;
    options.data_dir = folder_.path();
    options.policy = *Policy::compile(document(""), "policy.yaml");
    options.version = "test";
    auto opened = Service::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().text();
    service_ = std::move(*opened);
  }
  Reply ask(Command command) {
    std::promise<Reply> reply;
    service_->submit(std::move(command), [&](Reply r) { reply.set_value(std::move(r)); });
    return reply.get_future().get();
  }
  bool spend() {
    PlaceHold place;
    place.run_id = "r_1";
    place.operation = "tool:t/a";
    place.holder = "run:r_1";
    const Reply placed = ask(place);
    const auto* allow = std::get_if<AllowReply>(&placed);
    if (allow == nullptr) return false;
    ResolveHold settle;
    settle.hold = allow->hold;
    settle.holder = "run:r_1";
    return std::holds_alternative<ResolveReply>(ask(settle));
  }
  Outcome change(PolicyChanger& changer, PolicyChange change) {
    std::promise<Outcome> outcome;
    changer.change(std::move(change), [&](Outcome o) { outcome.set_value(std::move(o)); });
    return outcome.get_future().get();
  }
  // What is settled at acme's budget of calls; -1: there is none.
  std::int64_t calls() {
    std::promise<std::int64_t> settled;
    service_->query([&](const Engine& engine, Time now) {
      std::int64_t found = -1;
      const auto acme = engine.account("acme", now);
      for (const MeterView& meter : acme->meters) {
        if (meter.unit == kCalls) found = meter.settled;
      }
      settled.set_value(found);
    });
    return settled.get_future().get();
  }

  TestFolder folder_;
  std::unique_ptr<Service> service_;
};

TEST_F(PolicyChangerTest, ANewWallMissesNothingThatIsSpentMeanwhileAndOutlivesARestart) {
  const std::string with_calls = document(", {calls: 1000000, window: lifetime}");
  std::atomic<bool> over = false;
  std::int64_t spent = 0;
  std::thread spender([&] {
    while (!over) {
      ASSERT_TRUE(spend());
      ++spent;
    }
  });
  {
    PolicyChanger changer(*service_);
    for (int round = 0; round < 5; ++round) {
      ASSERT_TRUE(change(changer, to(document(""))));
      const auto put = change(changer, to(with_calls));
      ASSERT_TRUE(put);
      EXPECT_TRUE(put->reply.changed);
    }
  }
  over = true;
  spender.join();
  EXPECT_EQ(calls(), spent);
  service_.reset();
  open();
  EXPECT_EQ(calls(), spent);
}

TEST_F(PolicyChangerTest, WhatIsRefusedOrOnlyTriedChangesNothing) {
  PolicyChanger changer(*service_, [](const Policy& policy) -> Result<void> {
    if (policy.account("acme").budgets.size() > 2) return invalid("too many");
    return {};
  });
  const std::string two = document(", {calls: 5, window: lifetime}");
  const auto mistaken = change(changer, to("version: 1\nacounts: {}\n"));
  ASSERT_FALSE(mistaken);
  EXPECT_EQ(mistaken.error().refusal.reason, Reason::invalid);
  ASSERT_EQ(mistaken.error().mistakes.size(), 1U);
  EXPECT_THAT(mistaken.error().mistakes[0], HasSubstr("p.yaml:2:1: "));
  const auto unfit =
      change(changer, to(document(", {calls: 5, window: day}, {tokens: 5, window: day}")));
  ASSERT_FALSE(unfit);
  EXPECT_EQ(unfit.error().refusal.sentence, "too many");
  PolicyChange late = to(two);
  late.follows = std::string(64, 'a');
  const auto overtaken = change(changer, late);
  ASSERT_FALSE(overtaken);
  EXPECT_EQ(overtaken.error().refusal.reason, Reason::conflict);
  PolicyChange trial = to(two);
  trial.dry_run = true;
  const auto tried = change(changer, trial);
  ASSERT_TRUE(tried);
  EXPECT_TRUE(tried->reply.changed);
  EXPECT_EQ(tried->reply.version, 2);
  EXPECT_EQ(calls(), -1);
  const auto put = change(changer, to(two));
  ASSERT_TRUE(put);
  EXPECT_EQ(put->reply.sha256, tried->reply.sha256);
  EXPECT_EQ(calls(), 0);
}

TEST_F(PolicyChangerTest, AServiceThatIsStoppedAnswersToo) {
  PolicyChanger changer(*service_);
  service_->stop();
  const auto refused = change(changer, to(document("")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().refusal.reason, Reason::unverifiable);
}

}  // namespace
}  // namespace ringfence
