// SPDX-License-Identifier: Apache-2.0
// GET /metrics and /readyz over real sockets before the real service.
#include <future>

#include "api/test_support.h"
#include "api/top_budgets.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ApiTest, MetricsSayWhatWasDecidedAndWhoSpends) {
  const Run run = start_run("acme/worker-1");
  const Reply held = hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.25"}})");
  ASSERT_EQ(held.status, 201) << held.body;
  hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.5"}})");
  call("POST", "/api/v1/holds/" + held.at("hold") + "/settle", run.token,
       R"({"actual":{"usd":"0.125"}})");
  EXPECT_EQ(hold(run, R"({"operation":"tool:danger/x"})").status, 403);
  const Reply metrics = get("/metrics");
  ASSERT_EQ(metrics.status, 200) << metrics.body;
  EXPECT_EQ(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line : {
           "ringfence_decisions_total{outcome=\"allow\",reason=\"\"} 2\n",
           "ringfence_decisions_total{outcome=\"refuse\",reason=\"denied\"} 1\n",
           "ringfence_decisions_total{outcome=\"refuse\",reason=\"exhausted\"} 0\n",
           "ringfence_hold_seconds_count 3\n",
           "ringfence_open_holds 1\n",
           "ringfence_live_runs 1\n",
           "ringfence_build_info{version=\"0.1.0+test\"} 1\n",
           "ringfence_budget_settled{account=\"acme\",unit=\"usd\",window=\"month\"} 0.125\n",
           "ringfence_budget_held{account=\"acme\",unit=\"usd\",window=\"month\"} 0.5\n",
           "ringfence_budget_cap{account=\"/\",unit=\"usd\",window=\"month\"} 100\n",
           "\nprocess_resident_memory_bytes ",
           "\nprocess_start_time_seconds ",
       }) {
    EXPECT_THAT(metrics.body, HasSubstr(line));
  }
  EXPECT_THAT(metrics.body, Not(HasSubstr(run.id))) << "no account of a run";
}

TEST_F(ApiTest, MetricsNeedTheRightToView) {
  EXPECT_EQ(call("GET", "/metrics", "").status, 401);
  EXPECT_EQ(call("GET", "/metrics", start_run().token).status, 403);
  EXPECT_EQ(call("POST", "/metrics", operator_token_).status, 405);
}

class OpenMetricsTest : public ApiTest {
 protected:
  OpenMetricsTest() { options_.metrics_open = true; }
};

TEST_F(OpenMetricsTest, AStrangerSeesNoAccounts) {
  const Run run = start_run();
  const Reply open = call("GET", "/metrics", "");
  EXPECT_EQ(open.status, 200);
  EXPECT_THAT(open.body, HasSubstr("ringfence_live_runs 1\n"));
  EXPECT_THAT(open.body, Not(HasSubstr("acme")));
  EXPECT_THAT(get("/metrics").body, HasSubstr("account=\"acme\""));
  EXPECT_EQ(call("GET", "/metrics", run.token).status, 403);
  EXPECT_EQ(call("GET", "/metrics", "rf_op_wrong").status, 401);
}

TEST_F(ApiTest, NotReadyWhileItDrains) {
  Connection kept(port_);
  kept.send(request("GET", "/readyz", ""));
  EXPECT_EQ(kept.receive().status, 200);
  end_streams();
  kept.send(request("GET", "/readyz", ""));
  const Reply draining = kept.receive();
  EXPECT_EQ(draining.status, 503);
  EXPECT_EQ(draining.at("reason"), "draining") << draining.body;
}

class StuckJournalTest : public ApiTest {
 protected:
  StuckJournalTest() { options_.ready_time = Duration::millis(20); }
};

TEST_F(StuckJournalTest, NotReadyWhileTheJournalDoesNotAnswer) {
  std::promise<void> let_go;
  std::promise<void> stuck;
  service_->submit(Tick{}, [](const ringfence::Reply&) {});
  service_->submit_batch({}, [&](const std::vector<ringfence::Reply>&) {
    stuck.set_value();
    let_go.get_future().wait();
  });
  stuck.get_future().wait();
  const Reply refused = call("GET", "/readyz", "");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.at("reason"), "journal") << refused.body;
  EXPECT_EQ(call("GET", "/healthz", "").status, 200);
  EXPECT_EQ(get("/metrics").status, 200) << "the one who looks has to see it";
  let_go.set_value();
}

TEST(TopBudgets, KeepsTheMostSettledOfEachUnit) {
  TopBudgets top;
  const auto offer = [&top](Unit unit, int first, int last) {
    for (int i = first; i <= last; ++i) {
      const std::string account = "a/" + std::to_string(i);
      top.offer({account, unit, Window{}, 1'000, i, 0});
    }
  };
  offer(kCalls, 1, 120);
  offer(kTokens, 1, 3);
  const auto families = top.families(UnitTable());
  ASSERT_EQ(families.size(), 3U);
  const auto& settled = families[0].samples;
  ASSERT_EQ(settled.size(), kTopBudgets + 3);
  EXPECT_EQ(settled[0].labels[0].second, "a/120");
  EXPECT_EQ(settled[kTopBudgets - 1].labels[0].second, "a/71");
  EXPECT_EQ(settled[kTopBudgets].labels[1].second, "tokens");
}

}  // namespace
}  // namespace ringfence::api::test
