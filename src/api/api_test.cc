// SPDX-License-Identifier: Apache-2.0
// The API over real sockets before the real service: runs, holds and who may do what.
#include <barrier>

#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ApiTest, HealthNeedsNoCredential) {
  EXPECT_EQ(call("GET", "/healthz", "").at("status"), "ok");
  EXPECT_EQ(call("GET", "/readyz", "").at("status"), "ready");
}

TEST_F(ApiTest, ARunFromStartToEnd) {
  const Reply started = post("/api/v1/runs", R"({"account":"acme/worker-1","ttl_seconds":3600,
      "budgets":[{"unit":"usd","cap":"0.50"}],"labels":{"ticket":"7"},
      "on_behalf_of":{"user":"ada","org":"acme"}})");
  ASSERT_EQ(started.status, 201) << started.body;
  const std::string run = started.at("run");
  const std::string token = started.at("credential");
  EXPECT_EQ(started.at("account"), "acme/worker-1/" + run);
  EXPECT_EQ(started.at("expires_at"), "2026-11-05T11:00:00Z");
  EXPECT_EQ(started.at("lease_seconds"), "900");

  const Reply held = call("POST", "/api/v1/holds", token,
                          R"({"operation":"tool:search/web","need":{"usd":"0.25","calls":1}})");
  ASSERT_EQ(held.status, 201) << held.body;
  EXPECT_EQ(held.at("decision"), "allow");
  EXPECT_EQ(held.at("held.usd"), "0.25");
  EXPECT_EQ(held.at("remaining.usd"), "0.25");
  EXPECT_EQ(held.at("expires_at"), "2026-11-05T10:10:00Z");

  const std::string path = "/api/v1/holds/" + held.at("hold");
  const Reply settled = call("POST", path + "/settle", token, R"({"actual":{"usd":"0.1"}})");
  ASSERT_EQ(settled.status, 200) << settled.body;
  EXPECT_EQ(settled.at("state"), "settled");
  EXPECT_EQ(settled.at("charged.usd"), "0.10");
  EXPECT_EQ(call("GET", path, token).at("charged.usd"), "0.10");

  const Reply quota = call("GET", "/api/v1/quota", token);
  ASSERT_EQ(quota.status, 200) << quota.body;
  EXPECT_EQ(quota.at("run"), run);
  EXPECT_EQ(quota.at("walls.0.left"), "0.40");

  const Reply seen = get("/api/v1/runs/" + run);
  EXPECT_EQ(seen.at("state"), "live");
  EXPECT_EQ(seen.at("settled.usd"), "0.10");
  EXPECT_EQ(seen.at("holds"), "1");
  EXPECT_EQ(seen.at("on_behalf_of.user"), "ada");
  EXPECT_EQ(seen.at("labels.ticket"), "7");
  EXPECT_EQ(get("/api/v1/runs").at("runs.0.run"), run);

  EXPECT_EQ(post("/api/v1/runs/" + run + "/end", R"({"reason":"done"})").status, 200);
  const Reply after = call("POST", "/api/v1/holds", token, R"({"operation":"tool:search/web"})");
  EXPECT_EQ(after.status, 401);
  EXPECT_EQ(after.at("reason"), "credential_revoked");
  EXPECT_EQ(get("/api/v1/runs/" + run).at("state"), "ended");
}

TEST_F(ApiTest, ARefusalSaysWhichWallAndWhatToDo) {
  const Run run = start_run();
  const Reply refused = hold(run, R"({"operation":"tool:t/a","need":{"usd":"1.01"}})");
  EXPECT_EQ(refused.status, 402) << refused.body;
  EXPECT_EQ(refused.header("content-type"), "application/problem+json");
  EXPECT_EQ(refused.at("type"), "https://ringfence.dev/problems/too_large");
  EXPECT_EQ(refused.at("title"), "Too large");
  EXPECT_EQ(refused.at("status"), "402");
  EXPECT_EQ(refused.at("reason"), "too_large");
  EXPECT_EQ(refused.at("final"), "true");
  EXPECT_NE(refused.at("decision_id"), "");
  EXPECT_NE(refused.at("detail"), "");
  EXPECT_EQ(refused.at("wall.name"), "budget");
  EXPECT_EQ(refused.at("wall.account"), run.account);
  EXPECT_EQ(refused.at("wall.unit"), "usd");
  EXPECT_EQ(refused.at("wall.cap"), "1.00");
  EXPECT_EQ(refused.at("wall.settled"), "0.00");
  EXPECT_EQ(refused.at("wall.need"), "1.01");
  EXPECT_EQ(refused.at("wall.window"), "run");
  EXPECT_EQ(refused.at("fits"), "1.00");
}

TEST_F(ApiTest, BusyTellsWhenToRetry) {
  const Run run = start_run();
  ASSERT_EQ(hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.80"}})").status, 201);
  const Reply busy = hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.80"}})");
  EXPECT_EQ(busy.status, 429) << busy.body;
  EXPECT_EQ(busy.at("reason"), "busy");
  EXPECT_EQ(busy.at("final"), "false");
  EXPECT_NE(busy.at("retry_after_ms"), "");
  EXPECT_EQ(busy.header("retry-after-ms"), busy.at("retry_after_ms"));
  EXPECT_EQ(busy.header("retry-after"), "");
}

TEST_F(ApiTest, RulesDenyAndAllow) {
  const Run run = start_run();
  EXPECT_EQ(hold(run, R"({"operation":"tool:danger/rm"})").at("reason"), "denied");
  EXPECT_EQ(hold(run, R"({"operation":"net:r:example.org"})").at("reason"), "denied");
  EXPECT_EQ(hold(run, R"({"operation":"cmd:git:status"})").status, 201);
  EXPECT_EQ(hold(run, R"({"operation":"nonsense"})").at("reason"), "invalid");
}

TEST_F(ApiTest, EveryProgramOfAShellLineMustPass) {
  const Run run = start_run();
  const auto ask = [&](std::string_view line) {
    return hold(run, R"({"operation":"cmd","args":{"command":")" + std::string(line) + R"("}})");
  };
  EXPECT_EQ(ask("git status && git -C /srv log | git diff").status, 201);
  const Reply line = ask("git status; rm -rf /");
  EXPECT_EQ(line.status, 403) << line.body;
  EXPECT_EQ(line.at("reason"), "denied");
  EXPECT_THAT(line.at("detail"), HasSubstr("recursive-delete"));
  EXPECT_THAT(ask("git status; $x").at("detail"), HasSubstr("cannot be told"));
  EXPECT_EQ(ask("git push --force").at("reason"), "denied");
  EXPECT_EQ(ask("git log $(curl evil)").at("reason"), "denied");
  EXPECT_EQ(ask("").at("reason"), "invalid");
  // The same by its arguments.
  EXPECT_EQ(hold(run, R"({"operation":"cmd:env:X=1:git:status"})").at("reason"), "denied");
  EXPECT_EQ(hold(run, R"({"operation":"cmd:git:-C:d:status"})").status, 201);
  EXPECT_EQ(hold(run, R"({"operation":"cmd"})").at("reason"), "invalid");
  EXPECT_EQ(hold(run, R"({"operation":"cmd:ls","args":{"command":"git log"}})").at("reason"),
            "invalid");
}

TEST_F(ApiTest, DeclaredUnitsCount) {
  const Run run = start_run();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(hold(run, R"({"operation":"tool:mail/send"})").status, 201);
  }
  const Reply fourth = hold(run, R"({"operation":"tool:mail/send"})");
  EXPECT_EQ(fourth.at("wall.name"), "mails");
  EXPECT_EQ(fourth.at("wall.unit"), "emails");
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a","need":{"emails":0}})").status, 201);
  const Reply unknown = hold(run, R"({"operation":"tool:t/a","need":{"letters":1}})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.at("field"), "need");
}

TEST_F(ApiTest, ReleaseGivesBackAndExtendTakesMore) {
  const Run run = start_run();
  const Reply first = hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.90"}})");
  const std::string path = "/api/v1/holds/" + first.at("hold");
  const Reply released = call("POST", path + "/release", run.token);
  EXPECT_EQ(released.at("state"), "released") << released.body;
  EXPECT_EQ(released.at("charged.usd"), "0.00");

  const Reply second = hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.50"}})");
  ASSERT_EQ(second.status, 201) << second.body;
  const std::string next = "/api/v1/holds/" + second.at("hold");
  const Reply extended =
      call("POST", next + "/extend", run.token, R"({"need":{"usd":"0.25"},"ttl_seconds":3600})");
  ASSERT_EQ(extended.status, 200) << extended.body;
  EXPECT_EQ(extended.at("held.usd"), "0.75");
  EXPECT_EQ(extended.at("expires_at"), "2026-11-05T11:00:00Z");
  EXPECT_EQ(call("POST", next + "/extend", run.token, "{}").at("field"), "need");
  const Reply over = call("POST", next + "/extend", run.token, R"({"need":{"usd":"0.50"}})");
  EXPECT_EQ(over.status, 429) << over.body;
  EXPECT_EQ(call("GET", next, run.token).at("state"), "cut");
}

TEST_F(ApiTest, OnlyTheHolderResolves) {
  const Run run = start_run();
  const Run other = start_run("acme/worker-2");
  const std::string path =
      "/api/v1/holds/" + hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"}})").at("hold");
  for (const char* what : {"/settle", "/release", "/extend"}) {
    const Reply refused = call("POST", path + what, other.token,
                               std::string(what) == "/settle"    ? R"({"actual":{}})"
                               : std::string(what) == "/release" ? "{}"
                                                                 : R"({"ttl_seconds":60})");
    EXPECT_EQ(refused.status, 403) << what << refused.body;
    EXPECT_EQ(refused.at("reason"), "forbidden");
    EXPECT_EQ(post(path + what, R"({"actual":{}})").status, 403) << what;
  }
  EXPECT_EQ(call("GET", path, other.token).status, 404);
}

TEST_F(ApiTest, AnOperatorCorrects) {
  const Run run = start_run();
  const std::string path =
      "/api/v1/holds/" + hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.50"}})").at("hold");
  ASSERT_EQ(call("POST", path + "/settle", run.token, R"({"actual":{"usd":"0.05"}})").status, 200);
  EXPECT_EQ(
      call("POST", path + "/correct", run.token, R"({"actual":{"usd":"0"},"reason":"x"})").status,
      403);
  EXPECT_EQ(post(path + "/correct", R"({"actual":{"usd":"0.07"}})").at("field"), "reason");
  const Reply corrected =
      post(path + "/correct", R"({"actual":{"usd":"0.07"},"reason":"the invoice says so"})");
  EXPECT_EQ(corrected.at("charged.usd"), "0.07") << corrected.body;
}

TEST_F(ApiTest, IdempotencyKeysBindToContent) {
  const Run run = start_run();
  const std::string body = R"({"operation":"tool:t/a","need":{"usd":"0.10"},"idempotency_key":"k1",
      "args":{"b":[1,2],"a":"x"}})";
  const Reply first = hold(run, body);
  ASSERT_EQ(first.status, 201) << first.body;
  const Reply again = hold(run, body);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.at("hold"), first.at("hold"));
  const Reply same = hold(run, R"({"wait_ms":5,"args":{"a":"x","b":[1,2]},"idempotency_key":"k1",
      "need":{"usd":"0.1"},"operation":"tool:t/a"})");
  EXPECT_EQ(same.at("hold"), first.at("hold")) << "order, spelling and wait_ms do not matter";
  const auto with = [](std::string_view operation, std::string_view usd, std::string_view args) {
    return "{\"operation\":\"" + std::string(operation) + "\",\"need\":{\"usd\":\"" +
           std::string(usd) + "\"},\"idempotency_key\":\"k1\"" + std::string(args) + "}";
  };
  const std::string args = R"(,"args":{"b":[1,2],"a":"x"})";
  ASSERT_EQ(hold(run, with("tool:t/a", "0.10", args)).at("hold"), first.at("hold"));
  for (const std::string& other :
       {with("tool:t/a", "0.11", args), with("tool:t/b", "0.10", args),
        with("tool:t/a", "0.10", R"(,"args":{"b":[2,1],"a":"x"})"), with("tool:t/a", "0.10", ""),
        with("tool:t/a", "0.10", args + R"(,"ttl_seconds":60)")}) {
    const Reply conflict = hold(run, other);
    EXPECT_EQ(conflict.status, 409) << other << conflict.body;
    EXPECT_EQ(conflict.at("reason"), "conflict");
  }
  const Run another = start_run("acme/worker-2");
  EXPECT_NE(hold(another, body).at("hold"), first.at("hold")) << "a key is the run's own";
}

TEST_F(ApiTest, ASecondSettleAnswersAsTheFirst) {
  const Run run = start_run();
  const std::string path =
      "/api/v1/holds/" + hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"}})").at("hold");
  const Reply first = call("POST", path + "/settle", run.token, R"({"actual":{"usd":"0.05"}})");
  const Reply same = call("POST", path + "/settle", run.token, R"({"actual":{"usd":"0.050"}})");
  EXPECT_EQ(same.status, 200) << same.body;
  EXPECT_EQ(same.body, first.body);
  const Reply other = call("POST", path + "/settle", run.token, R"({"actual":{"usd":"0.06"}})");
  EXPECT_EQ(other.status, 409) << other.body;
}

TEST_F(ApiTest, SettleAloneTakesAnExpiredCredential) {
  const Run run = start_run();
  const auto open = [&] {
    return hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"},"ttl_seconds":3600})")
        .at("hold");
  };
  const std::string first = open();
  const std::string second = open();
  clock_.advance(Duration::minutes(16));  // past the lease
  for (const std::string& what : {std::string("/release"), std::string("/extend")}) {
    const Reply refused = call("POST", "/api/v1/holds/" + first + what, run.token,
                               what == "/extend" ? R"({"ttl_seconds":60})" : "{}");
    EXPECT_EQ(refused.status, 401) << what << refused.body;
    EXPECT_EQ(refused.at("reason"), "credential_expired");
  }
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").at("reason"), "credential_expired");
  EXPECT_EQ(call("GET", "/api/v1/quota", run.token).at("reason"), "credential_expired");
  EXPECT_EQ(
      call("POST", "/api/v1/holds/" + first + "/settle", run.token, R"({"actual":{"usd":"0.01"}})")
          .status,
      200);
  clock_.advance(Duration::hours(3));  // past the credential itself
  const Reply late = call("POST", "/api/v1/holds/" + second + "/settle", run.token,
                          R"({"actual":{"usd":"0.02"}})");
  EXPECT_EQ(late.status, 200) << late.body;
  EXPECT_EQ(late.at("late"), "true");
  EXPECT_EQ(late.at("charged.usd"), "0.02");
}

TEST_F(ApiTest, TheLeaseIsRenewedByTheSupervisor) {
  const Run run = start_run();
  const std::string renew = "/api/v1/runs/" + run.id + "/renew";
  EXPECT_EQ(call("POST", renew, run.token).status, 403) << "not by the run itself";
  for (int i = 0; i < 3; ++i) {
    clock_.advance(Duration::minutes(10));
    const Reply renewed = call("POST", renew, operator_token_);
    ASSERT_EQ(renewed.status, 200) << renewed.body;
    EXPECT_EQ(renewed.at("run"), run.id);
  }
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 201);
}

TEST_F(ApiTest, WithoutALeaseARunLivesUntilItsHardEnd) {
  const std::string body = R"({"account":"acme/worker-1","ttl_seconds":3600,"lease":)";
  const Reply started = post("/api/v1/runs", body + R"("none"})");
  ASSERT_EQ(started.status, 201) << started.body;
  EXPECT_EQ(started.at("lease_seconds"), "3600");
  EXPECT_EQ(started.at("lease_until"), started.at("expires_at"));
  const Run run{started.at("run"), started.at("account"), started.at("credential")};
  EXPECT_EQ(call("POST", "/api/v1/runs", run.token, body + R"("none"})").status, 403);
  const Reply wrong = post("/api/v1/runs", body + R"("forever"})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.at("detail"), StartsWith("lease"));
  // A run cannot free what it starts of its lease.
  const Reply child = call("POST", "/api/v1/runs/" + run.id + "/delegate", run.token,
                           R"({"budgets":[{"unit":"usd","cap":"0.20"}],"lease":"none"})");
  EXPECT_EQ(child.status, 400) << child.body;

  clock_.advance(Duration::minutes(59));
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 201);
  clock_.advance(Duration::minutes(1));
  EXPECT_EQ(hold(run, R"({"operation":"tool:t/a"})").status, 401);
}

TEST_F(ApiTest, DelegationStaysBelow) {
  const Run run = start_run();
  const std::string path = "/api/v1/runs/" + run.id + "/delegate";
  const Reply child =
      call("POST", path, run.token, R"({"name":"helper","budgets":[{"unit":"usd","cap":"0.20"}]})");
  ASSERT_EQ(child.status, 201) << child.body;
  EXPECT_EQ(child.at("depth"), "1");
  EXPECT_THAT(child.at("account"), StartsWith(run.account + "/"));
  const Run helper{child.at("run"), child.at("account"), child.at("credential")};
  EXPECT_EQ(hold(helper, R"({"operation":"tool:t/a","need":{"usd":"0.21"}})").status, 402);
  EXPECT_EQ(hold(helper, R"({"operation":"tool:t/a","need":{"usd":"0.20"}})").status, 201);

  EXPECT_EQ(call("POST", path, helper.token, R"({"budgets":[{"unit":"usd","cap":"0.1"}]})").status,
            403)
      << "only below itself";
  EXPECT_EQ(post(path, R"({"budgets":[{"unit":"usd","cap":"0.1"}]})").status, 403);
  EXPECT_EQ(call("POST", path, run.token, "{}").at("field"), "budgets");
  EXPECT_EQ(call("POST", path, run.token, R"({"budgets":[{"unit":"usd","cap":"5"}]})").status, 402);

  EXPECT_EQ(call("POST", "/api/v1/runs/" + run.id + "/end", helper.token).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/runs/" + run.id, helper.token).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/runs/" + helper.id, run.token).status, 200);
  EXPECT_EQ(call("POST", "/api/v1/runs/" + helper.id + "/renew", run.token).status, 200);
  EXPECT_EQ(call("POST", "/api/v1/runs/" + run.id + "/end", run.token).status, 200);
  EXPECT_EQ(hold(helper, R"({"operation":"tool:t/a"})").at("reason"), "credential_revoked");
}

TEST_F(ApiTest, WaitingHoldsAreAdmittedWhenThereIsRoom) {
  const Run run = start_run();
  const std::string first =
      hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.80"}})").at("hold");
  Connection waiting(port_);
  waiting.send(request("POST", "/api/v1/holds", run.token,
                       R"({"operation":"tool:t/a","need":{"usd":"0.80"},"wait_ms":30000})"));
  while (get("/api/v1/status").at("waiters") != "1") std::this_thread::yield();
  ASSERT_EQ(call("POST", "/api/v1/holds/" + first + "/release", run.token).status, 200);
  const Reply admitted = waiting.receive();
  EXPECT_EQ(admitted.status, 201) << admitted.body;
  // The connection is as good as before.
  waiting.send(request("GET", "/api/v1/quota", run.token));
  EXPECT_EQ(waiting.receive().status, 200);
}

TEST_F(ApiTest, AVanishedClientLeavesTheQueue) {
  const Run run = start_run();
  const std::string first =
      hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.80"}})").at("hold");
  {
    Connection waiting(port_);
    waiting.send(request("POST", "/api/v1/holds", run.token,
                         R"({"operation":"tool:t/a","need":{"usd":"0.80"},"wait_ms":30000})"));
    while (get("/api/v1/status").at("waiters") != "1") std::this_thread::yield();
  }
  while (get("/api/v1/status").at("waiters") != "0") std::this_thread::yield();
  ASSERT_EQ(call("POST", "/api/v1/holds/" + first + "/release", run.token).status, 200);
  EXPECT_EQ(get("/api/v1/status").at("open_holds"), "0");
}

TEST_F(ApiTest, ABatchIsAnsweredInOrder) {
  const Run run = start_run();
  const std::string open =
      hold(run, R"({"operation":"tool:t/a","need":{"usd":"0.10"}})").at("hold");
  const Reply batch =
      call("POST", "/api/v1/batch", run.token,
           R"([{"path":"/api/v1/holds","body":{"operation":"tool:t/a","need":{"usd":"0.10"}}},
      {"method":"POST","path":"/api/v1/holds/)" +
               open + R"(/settle","body":{"actual":{"usd":"0.02"}}},
      {"path":"/api/v1/holds","body":{"operation":"tool:danger/x"}},
      {"path":"/api/v1/holds","body":{"operation":"tool:t/a","need":{"usd":-1}}},
      {"path":"/api/v1/quota"},
      {"path":"/api/v1/halts","body":{"everything":true,"reason":"x"}},
      {"path":"/api/v1/holds","body":{"operation":"tool:t/a","wait_ms":10}},
      {"path":"/healthz"},
      {"path":"/api/v1/batch","body":{}},
      7,
      {"path":"/api/v1/holds/)" +
               open + R"(/release"}])");
  ASSERT_EQ(batch.status, 200) << batch.body;
  const char* statuses[] = {"201", "200", "403", "400", "405", "403", "400", "400", "400", "400"};
  for (std::size_t i = 0; i < std::size(statuses); ++i) {
    EXPECT_EQ(batch.at(std::to_string(i) + ".status"), statuses[i]) << i << batch.body;
  }
  EXPECT_EQ(batch.at("1.body.state"), "settled");
  EXPECT_EQ(batch.at("2.body.reason"), "denied");
  EXPECT_EQ(batch.at("3.body.field"), "need.usd");
  EXPECT_EQ(batch.at("10.status"), "409") << "settled two lines above";
  EXPECT_EQ(batch.json.array()->size(), 11U);

  EXPECT_EQ(call("POST", "/api/v1/batch", run.token, "[]").status, 400);
  EXPECT_EQ(call("POST", "/api/v1/batch", run.token, "{}").status, 400);
  std::string many = "[";
  for (int i = 0; i < 1001; ++i) many += "{},";
  many.back() = ']';
  EXPECT_EQ(call("POST", "/api/v1/batch", run.token, many).status, 400);
}

}  // namespace
}  // namespace ringfence::api::test
