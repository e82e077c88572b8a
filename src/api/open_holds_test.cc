// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/holds: which holds are open, where, and what their output is so far.
#include <future>

#include "api/render.h"
#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

std::size_t listed(const Reply& reply) {
  EXPECT_EQ(reply.status, 200) << reply.body;
  return reply.status == 200 ? reply.json.find("holds")->array()->size() : 0;
}

TEST_F(ApiTest, OpenHoldsEndingSoonestFirst) {
  const Run run = start_run();
  const Reply late = hold(run, R"({"operation":"tool:t/late","ttl_seconds":900})");
  const Reply soon = hold(run, R"({"operation":"tool:t/soon","ttl_seconds":60})");
  ASSERT_EQ(soon.status, 201) << soon.body;
  const Reply both = get("/api/v1/holds");
  EXPECT_EQ(listed(both), 2U);
  EXPECT_EQ(both.at("truncated"), "false");
  EXPECT_EQ(both.at("holds.0.operation"), "tool:t/soon");
  EXPECT_EQ(both.at("holds.0.account"), run.account);
  EXPECT_EQ(both.at("holds.0.state"), "open");
  EXPECT_EQ(both.at("holds.1.hold"), late.at("hold"));
  const Reply one = get("/api/v1/holds?max=1");
  EXPECT_EQ(listed(one), 1U);
  EXPECT_EQ(one.at("truncated"), "true");

  call("POST", "/api/v1/holds/" + soon.at("hold") + "/release", run.token);
  EXPECT_EQ(get("/api/v1/holds").at("holds.0.operation"), "tool:t/late");
}

TEST_F(ApiTest, OpenHoldsOfASubtree) {
  const Run acme = start_run();
  const Run rich = start_run("rich");
  ASSERT_EQ(hold(acme, R"({"operation":"tool:t/a"})").status, 201);
  ASSERT_EQ(hold(rich, R"({"operation":"tool:t/b"})").status, 201);
  const Reply under = get("/api/v1/holds?under=acme");
  EXPECT_EQ(listed(under), 1U);
  EXPECT_EQ(under.at("holds.0.operation"), "tool:t/a");
  EXPECT_EQ(listed(get("/api/v1/holds?under=rich")), 1U);
  EXPECT_EQ(listed(get("/api/v1/holds?under=nobody")), 0U);
}

TEST_F(ApiTest, OpenHoldsTellTheirLiveOutput) {
  const Run run = start_run();
  const Reply held = hold(run, R"({"operation":"tool:t/a","need":{"output_tokens":500}})");
  ASSERT_EQ(held.status, 201) << held.body;
  EXPECT_EQ(get("/api/v1/holds").at("holds.0.live.output_tokens"), "");
  Amounts so_far;
  so_far.set(kOutputTokens, 123);
  std::promise<void> seen;
  service_->submit(ObserveHold{*parse_hold(held.at("hold")), so_far},
                   [&seen](const ringfence::Reply&) { seen.set_value(); });
  seen.get_future().wait();
  EXPECT_EQ(get("/api/v1/holds").at("holds.0.live.output_tokens"), "123");
}

TEST_F(ApiTest, OpenHoldsAreForOperators) {
  const Run run = start_run();
  EXPECT_EQ(call("GET", "/api/v1/holds", "").status, 401);
  EXPECT_EQ(call("GET", "/api/v1/holds", run.token).status, 403);
  for (const char* wrong : {"max=0", "max=1001", "under=../x", "open=1"}) {
    EXPECT_EQ(get(std::string("/api/v1/holds?") + wrong).status, 400) << wrong;
  }
}

TEST_F(ApiTest, TheStatusCountsDecisionsSinceTheStart) {
  const Reply before = get("/api/v1/status");
  EXPECT_EQ(before.at("decisions"), "0") << before.body;
  EXPECT_EQ(before.at("started_at"), "2026-11-05T10:00:00Z");
  EXPECT_EQ(before.at("policy_version"), "1");
  const Run run = start_run();
  hold(run, R"({"operation":"tool:t/a"})");
  hold(run, R"({"operation":"net:r:example.org"})");  // refused
  EXPECT_EQ(get("/api/v1/status").at("decisions"), "2");
}

}  // namespace
}  // namespace ringfence::api::test
