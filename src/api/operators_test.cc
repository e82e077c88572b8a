// SPDX-License-Identifier: Apache-2.0
// What operators see and do: accounts, quotas, raises, pauses, halts, policy and status.
#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ApiTest, AccountsAndTheirMeters) {
  const Run run = start_run();
  ASSERT_EQ(hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.30"}})").status, 201);
  const Reply acme = get("/api/v1/accounts/acme");
  ASSERT_EQ(acme.status, 200) << acme.body;
  EXPECT_EQ(acme.at("state"), "open");
  EXPECT_EQ(acme.at("budgets.0.unit"), "usd");
  EXPECT_EQ(acme.at("budgets.0.window"), "month");
  EXPECT_EQ(acme.at("budgets.0.cap"), "10.00");
  EXPECT_EQ(acme.at("budgets.0.held"), "0.30");
  EXPECT_EQ(acme.at("budgets.0.left"), "9.70");
  EXPECT_EQ(acme.at("budgets.0.resets_at"), "2026-12-01T00:00:00Z");
  EXPECT_EQ(acme.at("children.0"), "acme/worker-1");
  for (const char* root : {"/api/v1/accounts/", "/api/v1/accounts/%2F"}) {
    EXPECT_EQ(get(root).at("account"), "/") << root;
    EXPECT_EQ(get(root).at("budgets.0.held"), "0.30");
  }
  const Reply under = get("/api/v1/accounts?under=acme");
  EXPECT_EQ(under.json.find("accounts")->array()->size(), 3U) << under.body;
  EXPECT_EQ(under.at("truncated"), "false");
  EXPECT_EQ(get("/api/v1/accounts?under=acme&max=2").at("truncated"), "true");
}

TEST_F(ApiTest, AnAccountOfThePolicyIsKnownBeforeItsFirstUse) {
  const Reply untouched = get("/api/v1/accounts/rich");
  ASSERT_EQ(untouched.status, 200) << untouched.body;
  EXPECT_EQ(untouched.at("role"), "worker");
  EXPECT_EQ(untouched.at("budgets.0.cap"), "1.00");
  EXPECT_EQ(untouched.at("budgets.0.left"), "1.00");
  EXPECT_EQ(get("/api/v1/accounts/poor").status, 404);
}

TEST_F(ApiTest, QuotaForOperators) {
  const Run run = start_run();
  const Reply by_run = get("/api/v1/quota?run=" + run.id);
  EXPECT_EQ(by_run.at("account"), run.account) << by_run.body;
  EXPECT_EQ(by_run.at("walls.0.left"), "1.00");
  const Reply by_account = get("/api/v1/quota?account=acme/worker-1");
  EXPECT_EQ(by_account.at("walls.0.account"), "acme") << by_account.body;
  EXPECT_EQ(by_account.at("walls.1.account"), "/");
  EXPECT_EQ(get("/api/v1/quota?run=r_none").status, 404);
  EXPECT_EQ(get("/api/v1/quota?account=nobody").status, 404);
}

TEST_F(ApiTest, ARaiseMovesTheWall) {
  const Run run = start_run("rich");
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.90"}})").status, 201);
  const Run second = start_run("rich");
  EXPECT_EQ(hold(second, R"({"operation":"tool:t/a","need":{"usd":"0.90"}})").status, 429);
  const Reply raised = post("/api/v1/accounts/rich/raise",
                            R"({"unit":"usd","window":"day","cap":"2.5","reason":"launch day",
                                "expires_at":"2026-11-05T12:00:00Z"})");
  ASSERT_EQ(raised.status, 200) << raised.body;
  EXPECT_EQ(raised.at("cap"), "2.50");
  EXPECT_EQ(hold(second, R"({"operation":"tool:t/a","need":{"usd":"0.90"}})").status, 201);
  const Reply account = get("/api/v1/accounts/rich");
  EXPECT_EQ(account.at("budgets.0.cap"), "2.50");
  EXPECT_EQ(account.at("budgets.0.policy_cap"), "1.00");
  EXPECT_EQ(account.at("budgets.0.raised_until"), "2026-11-05T12:00:00Z");
  clock_.advance(Duration::hours(2));
  EXPECT_EQ(get("/api/v1/accounts/rich").at("budgets.0.cap"), "1.00");
  EXPECT_EQ(post("/api/v1/accounts//raise",
                 R"({"unit":"usd","window":"month","cap":"200","reason":"the root too"})")
                .at("account"),
            "/");
}

TEST_F(ApiTest, PausesStopNewWorkOnly) {
  const Run run = start_run();
  const std::string open =
      hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"}})").at("hold");
  EXPECT_EQ(post("/api/v1/accounts/acme/pause", R"({"reason":"lunch"})").at("state"), "paused");
  const Reply paused = hold(run, R"({"operation":"tool:t/a"})");
  EXPECT_EQ(paused.status, 403);
  EXPECT_EQ(paused.at("reason"), "paused");
  EXPECT_EQ(get("/api/v1/accounts/acme").at("pauses.0.cause"), "operator");
  EXPECT_EQ(get("/api/v1/accounts/acme").at("state"), "paused");
  EXPECT_EQ(call("POST", "/api/v1/holds/" + open + "/settle", run.token, R"({"actual":{}})").status,
            200);
  EXPECT_EQ(post("/api/v1/accounts/acme/resume", "").at("state"), "open");
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 201);
}

TEST_F(ApiTest, HaltsStopAndAreLifted) {
  const Run run = start_run();
  const Run bystander = start_run("other/worker-1");
  const std::string open =
      hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"}})").at("hold");
  const Reply placed = post("/api/v1/halts", R"({"account":"acme","reason":"it misbehaves"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  const std::string id = placed.at("halt");
  EXPECT_THAT(id, StartsWith("halt_"));
  EXPECT_EQ(post("/api/v1/halts", R"({"account":"acme","reason":"again"})").at("halt"), id);
  EXPECT_EQ(get("/api/v1/halts").at("halts.0.reason"), "it misbehaves");
  EXPECT_EQ(get("/api/v1/halts").at("halts.0.actor"), "operator");

  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 401) << "its credential is revoked";
  EXPECT_EQ(hold(bystander, R"({"operation":"tool:t/a"})").status, 201);
  EXPECT_EQ(post("/api/v1/runs", R"({"account":"acme/worker-1"})").at("reason"), "halted");
  EXPECT_EQ(get("/api/v1/accounts/acme").at("state"), "halted");
  EXPECT_EQ(get("/api/v1/holds/" + open).at("state"), "cut");
  const Reply late =
      call("POST", "/api/v1/holds/" + open + "/settle", run.token, R"({"actual":{"usd":"0.01"}})");
  EXPECT_EQ(late.status, 200) << late.body;
  EXPECT_EQ(late.at("late"), "true");

  EXPECT_EQ(post("/api/v1/halts/" + id + "/lift", R"({"reason":"fixed"})").at("state"), "lifted");
  EXPECT_EQ(get("/api/v1/halts").at("halts"), "[]");
  EXPECT_EQ(hold(start_run(), R"({"operation":"tool:t/a"})").status, 201);
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 401) << "revoked stays revoked";
}

TEST_F(ApiTest, AHaltOfAnOperationSparesTheRest) {
  const Run run = start_run();
  ASSERT_EQ(post("/api/v1/halts", R"({"operation":"tool:mail/*","reason":"spam"})").status, 201);
  EXPECT_EQ(hold(run, R"({"operation":"tool:mail/send"})").at("reason"), "halted");
  EXPECT_EQ(hold(run, R"({"operation":"tool:search/web"})").status, 201);
  ASSERT_EQ(post("/api/v1/halts", R"({"everything":true,"reason":"stop"})").status, 201);
  const Reply stopped = hold(run, R"({"operation":"tool:search/web"})");
  EXPECT_EQ(stopped.status, 401) << stopped.body;
}

TEST_F(ApiTest, PolicyAndStatus) {
  const Reply policy = get("/api/v1/policy");
  EXPECT_EQ(policy.at("sha256").size(), 64U);
  EXPECT_THAT(policy.at("document"), HasSubstr("acme/worker-*"));
  const Reply status = get("/api/v1/status");
  EXPECT_EQ(status.at("policy_sha256"), policy.at("sha256")) << status.body;
  EXPECT_NE(status.at("version"), "");
  EXPECT_EQ(status.at("time"), "2026-11-05T10:00:00Z");
  start_run();
  EXPECT_EQ(get("/api/v1/status").at("live_runs"), "1");
}

// The document in force with another text in place of one.
std::string changed(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "no such text";
  return text.replace(at, from.size(), to);
}

TEST_F(ApiTest, APolicyIsPutTriedAndListed) {
  const Reply before = get("/api/v1/policy");
  const Run run = start_run();
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 201);
  const std::string next = changed(before.at("document"), "tool:*", "mail:never*");
  const std::string narrower = changed(before.at("document"), "tool:*", "tool:other/*");

  const Reply bad = call("PUT", "/api/v1/policy", operator_token_, "version: 2\n");
  EXPECT_EQ(bad.status, 400) << bad.body;
  EXPECT_THAT(bad.body, HasSubstr("policy:1:10: found version `2`; expected 1"));
  EXPECT_EQ(call("PUT", "/api/v1/policy", operator_token_, next).status, 400);
  EXPECT_EQ(get("/api/v1/policy").at("sha256"), before.at("sha256"));

  const Reply tried = call("PUT", "/api/v1/policy?dry_run=1", operator_token_, narrower);
  EXPECT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(tried.at("changed"), "true");
  EXPECT_EQ(get("/api/v1/policy").at("sha256"), before.at("sha256"));
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 201);

  EXPECT_EQ(call("PUT", "/api/v1/policy", run.token, narrower).status, 403);
  EXPECT_EQ(call("PUT", "/api/v1/policy", "", narrower).status, 401);
  const Reply put = call("PUT", "/api/v1/policy", operator_token_, narrower,
                         "If-Match: \"" + before.at("sha256") + "\"\r\n");
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.at("version"), "2");
  const Reply after = get("/api/v1/policy");
  EXPECT_EQ(after.at("sha256"), put.at("sha256"));
  EXPECT_EQ(after.at("document"), narrower);
  EXPECT_EQ(after.at("source"), "api");
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").at("reason"), "denied");

  const Reply overtaken = call("PUT", "/api/v1/policy", operator_token_, before.at("document"),
                               "If-Match: \"" + before.at("sha256") + "\"\r\n");
  EXPECT_EQ(overtaken.status, 412) << overtaken.body;
  const Reply again = call("PUT", "/api/v1/policy", operator_token_, narrower);
  EXPECT_EQ(again.at("changed"), "false") << again.body;
  EXPECT_EQ(again.at("version"), "2");
  const Reply versions = get("/api/v1/policy/versions");
  EXPECT_THAT(versions.body, HasSubstr(before.at("sha256")));
  EXPECT_THAT(versions.body, HasSubstr(after.at("sha256")));
}

TEST_F(ApiTest, AClockThatStepsForwardIsConfirmedByAnAdmin) {
  const Run run = start_run("acme/worker-1");
  clock_.step(Duration::minutes(70));
  const Reply refused = hold(run, R"({"operation":"tool:t/a"})");
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_EQ(refused.at("reason"), "unverifiable");
  EXPECT_EQ(refused.at("final"), "false");
  EXPECT_EQ(call("GET", "/readyz", "").status, 503);
  EXPECT_EQ(call("GET", "/healthz", "").status, 200);
  EXPECT_EQ(get("/api/v1/status").at("clock_stepped"), "true");
  EXPECT_EQ(call("POST", "/api/v1/clock/confirm", run.token).status, 403);
  EXPECT_EQ(post("/api/v1/clock/confirm", "").status, 200);
  EXPECT_EQ(call("GET", "/readyz", "").status, 200);
  EXPECT_EQ(hold(start_run(), R"({"operation":"tool:t/a"})").status, 201);
}

}  // namespace
}  // namespace ringfence::api::test
