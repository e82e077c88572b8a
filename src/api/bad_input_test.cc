// SPDX-License-Identifier: Apache-2.0
// Bad input over real sockets: each gets a clear 4xx that names what is wrong, and nothing happens.
#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Bad {
  const char* body;
  const char* field;  // null: whatever
};

TEST_F(ApiTest, BadHolds) {
  const Run run = start_run();
  const std::string events_before = get("/api/v1/status").at("events");
  const Bad cases[] = {
      {"", "operation"},
      {"{", nullptr},
      {"nonsense", nullptr},
      {"[]", nullptr},
      {"null", nullptr},
      {"\"tool:t/a\"", nullptr},
      {"{} {}", nullptr},
      {"{\"operation\":\"tool:t/a\",}", nullptr},
      {"{'operation':'tool:t/a'}", nullptr},
      {R"({"operation":"tool:t/a","operation":"tool:t/b"})", nullptr},
      {R"({"operation":"tool:t/a","need":{"usd":"1","usd":"2"}})", nullptr},
      {R"({"operation":7})", "operation"},
      {R"({"operation":null})", "operation"},
      {R"({"operation":""})", "operation"},
      {R"({"operation":"tool"})", "operation"},
      {R"({"operation":"tool:t/a\u0000b"})", "operation"},
      {R"({"operation":"tool:t/a\nb"})", "operation"},
      {R"({"operation":"tool:t/a","need":[]})", "need"},
      {R"({"operation":"tool:t/a","need":{"usd":0.5}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":-1}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"-0.01"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":NaN}})", nullptr},
      {R"({"operation":"tool:t/a","need":{"usd":"NaN"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"Infinity"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":1e3}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"1e3"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":12345678901234567890}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"12345678901234567890"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"0.0000000001"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"$1"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":" 1"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":"1,5"}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":null}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"usd":true}})", "need.usd"},
      {R"({"operation":"tool:t/a","need":{"calls":1.5}})", "need.calls"},
      {R"({"operation":"tool:t/a","need":{"calls":"one"}})", "need.calls"},
      {R"({"operation":"tool:t/a","need":{"calls":99999999999999999999}})", "need.calls"},
      {R"({"operation":"tool:t/a","need":{"USD":"1"}})", "need"},
      {R"({"operation":"tool:t/a","need":{"dollars":"1"}})", "need"},
      {R"({"operation":"tool:t/a","args":"ls"})", "args"},
      {R"({"operation":"tool:t/a","ttl_seconds":0})", "ttl_seconds"},
      {R"({"operation":"tool:t/a","ttl_seconds":3601})", "ttl_seconds"},
      {R"({"operation":"tool:t/a","ttl_seconds":"60"})", "ttl_seconds"},
      {R"({"operation":"tool:t/a","wait_ms":-1})", "wait_ms"},
      {R"({"operation":"tool:t/a","wait_ms":30001})", "wait_ms"},
      {R"({"operation":"tool:t/a","idempotency_key":""})", "idempotency_key"},
      {R"({"operation":"tool:t/a","approval":7})", "approval"},
      {R"({"operation":"tool:t/a","opration":1})", "opration"},
      {"{\"operation\":\"tool:\xff\"}", nullptr},
  };
  for (const auto& [body, field] : cases) {
    const Reply reply = hold(run, body);
    EXPECT_EQ(reply.status, 400) << body << reply.body;
    EXPECT_EQ(reply.header("content-type"), "application/problem+json") << body;
    EXPECT_EQ(reply.at("reason"), "invalid") << body;
    EXPECT_EQ(reply.at("final"), "true") << body;
    EXPECT_NE(reply.at("detail"), "") << body;
    if (field == nullptr) continue;
    EXPECT_EQ(reply.at("field"), field) << body << reply.body;
  }
  const Reply near = hold(run, R"({"operation":"tool:t/a","wiat_ms":1})");
  EXPECT_THAT(near.at("detail"), HasSubstr("wait_ms"));
  EXPECT_EQ(get("/api/v1/status").at("events"), events_before) << "nothing happened";
}

TEST_F(ApiTest, DeepOrLongJson) {
  const Run run = start_run();
  const std::string deep = R"({"operation":"tool:t/a","args":{"a":)" + std::string(100, '[') +
                           std::string(100, ']') + "}}";
  EXPECT_EQ(hold(run, deep).status, 400);
  const std::string digits =
      R"({"operation":"tool:t/a","need":{"usd":)" + std::string(5000, '9') + "}}";
  EXPECT_EQ(hold(run, digits).status, 400);
  const std::string key = R"({"operation":"tool:t/a","idempotency_key":")" + std::string(129, 'k');
  EXPECT_EQ(hold(run, key + "\"}").at("field"), "idempotency_key");
  const std::string operation = R"({"operation":"tool:)" + std::string(2000, 'a') + "\"}";
  EXPECT_EQ(hold(run, operation).at("field"), "operation");
}

TEST_F(ApiTest, BadRuns) {
  const Bad cases[] = {
      {"{}", "account"},
      {R"({"account":"acme/../other"})", "account"},
      {R"({"account":"../acme"})", "account"},
      {R"({"account":"acme/"})", "account"},
      {R"({"account":"/acme"})", "account"},
      {R"({"account":"Acme"})", "account"},
      {R"({"account":"acme/\u0001"})", "account"},
      {R"({"account":"acme\u0000"})", "account"},
      {R"({"account":"acme/worker-1","ttl_seconds":-5})", "ttl_seconds"},
      {R"({"account":"acme/worker-1","ttl_seconds":1.5})", "ttl_seconds"},
      {R"({"account":"acme/worker-1","ttl_seconds":86400})", "ttl_seconds"},
      {R"({"account":"acme/worker-1","budgets":{}})", "budgets"},
      {R"({"account":"acme/worker-1","budgets":[{"unit":"usd"}]})", "budgets[0].cap"},
      {R"({"account":"acme/worker-1","budgets":[{"unit":"usd","cap":-1}]})", "budgets[0].cap"},
      {R"({"account":"acme/worker-1","budgets":[{"unit":"eur","cap":1}]})", "budgets[0].unit"},
      {R"({"account":"acme/worker-1","budgets":[{"unit":"usd","cap":"1","window":"day"}]})",
       "budgets[0].window"},
      {R"({"account":"acme/worker-1","budgets":[{"unit":"usd","cap":1},{"unit":"usd","cap":2}]})",
       "budgets[1]"},
      {R"({"account":"acme/worker-1","operations":["tool:*",3]})", "operations[1]"},
      {R"({"account":"acme/worker-1","labels":{"a":1}})", "labels.a"},
      {R"({"account":"acme/worker-1","on_behalf_of":{"usr":"x"}})", "on_behalf_of.usr"},
      {R"({"account":"acme/worker-1","on_behalf_of":"ada"})", "on_behalf_of"},
  };
  for (const auto& [body, field] : cases) {
    const Reply reply = post("/api/v1/runs", body);
    EXPECT_EQ(reply.status, 400) << body << reply.body;
    EXPECT_EQ(reply.at("field"), field) << body << reply.body;
  }
  EXPECT_EQ(post("/api/v1/runs", R"({"account":"unknown/place"})").status, 404);
  EXPECT_EQ(post("/api/v1/runs", R"({"account":"acme"})").status, 403) << "no role there";
}

TEST_F(ApiTest, BadPathsAndQueries) {
  const char* accounts[] = {"..",       "acme/..",  "acme/../other",  "%2e%2e", "acme%2f..",
                            "acme/%00", "acme/%0a", "acme//worker",   "ACME",   "acme/%",
                            "acme/%zz", "-acme",    "acme/worker-1/", "%ff",    "a%2"};
  for (const char* account : accounts) {
    const Reply reply = get("/api/v1/accounts/" + std::string(account));
    EXPECT_EQ(reply.status, 400) << account << reply.body;
    const Reply raised = post("/api/v1/accounts/" + std::string(account) + "/pause", "{}");
    EXPECT_EQ(raised.status, 400) << account << raised.body;
  }
  EXPECT_EQ(get("/api/v1/accounts/nobody").status, 404);
  const char* queries[] = {
      "/api/v1/accounts?under=..",     "/api/v1/accounts?max=0",
      "/api/v1/accounts?max=-1",       "/api/v1/accounts?max=x",
      "/api/v1/accounts?undr=acme",    "/api/v1/accounts?max=1&max=2",
      "/api/v1/events?after=-1",       "/api/v1/events?after=99999999999999999999",
      "/api/v1/events?type=holds",     "/api/v1/events?account=A",
      "/api/v1/events?max=1001",       "/api/v1/quota",
      "/api/v1/quota?run=a&account=b", "/api/v1/status?x=1",
      "/api/v1/policy?dry_run=1",      "/api/v1/events?after=%zz"};
  for (const char* query : queries) EXPECT_EQ(get(query).status, 400) << query;
  EXPECT_THAT(get("/api/v1/accounts?undr=acme").at("detail"), HasSubstr("under"));
  EXPECT_THAT(get("/api/v1/events?type=holds").at("detail"), HasSubstr("hold"));
  EXPECT_EQ(post("/api/v1/halts?force=1", R"({"everything":true,"reason":"x"})").status, 400);
  EXPECT_EQ(get("/api/v1/halts").at("halts"), "[]");
}

TEST_F(ApiTest, BadHoldIds) {
  const Run run = start_run();
  for (const char* id : {"0", "00", "-1", "+1", "1.0", "01", "x", "99999999999999999999", "%31"}) {
    const Reply reply =
        call("POST", "/api/v1/holds/" + std::string(id) + "/settle", run.token, R"({"actual":{}})");
    EXPECT_EQ(reply.status, 404) << id << reply.body;
  }
}

TEST_F(ApiTest, LargeBodiesAndHeaders) {
  const Run run = start_run();
  const std::string large =
      R"({"operation":"tool:t/a","args":{"a":")" + std::string(1 << 20, 'x') + "\"}}";
  const Reply body = hold(run, large);
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(body.at("reason"), "body_too_large");
  const std::string claimed = "POST /api/v1/holds HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " +
                              run.token + "\r\ncontent-length: 99999999999\r\n\r\n{}";
  Connection connection(port_);
  connection.send(claimed);
  EXPECT_EQ(connection.receive().status, 413);
  EXPECT_EQ(call("GET", "/api/v1/status", operator_token_, "",
                 "x-filler: " + std::string(100'000, 'x') + "\r\n")
                .status,
            431);
  EXPECT_EQ(call("GET", "/api/v1/status", std::string(20'000, 'x')).status, 401);
  const Reply encoded = call("POST", "/api/v1/holds", run.token, "x", "content-encoding: gzip\r\n");
  EXPECT_EQ(encoded.status, 415);
}

TEST_F(ApiTest, ErrorsDoNotEchoSecretsOrControlBytes) {
  const Run run = start_run();
  const Reply reply = hold(run, "{\"operation\":\"tool:t/a\",\"\\u001b[31mx\":\"rf_op_secret\"}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, Not(HasSubstr("[31m")));
  EXPECT_THAT(reply.body, Not(HasSubstr("rf_op_secret")));
  const Reply stranger = call("GET", "/api/v1/status", "sk-live-0123456789");
  EXPECT_THAT(stranger.body, Not(HasSubstr("0123456789")));
}

TEST_F(ApiTest, BadOperatorCalls) {
  ASSERT_EQ(start_run("rich").account.substr(0, 4), "rich");
  struct Case {
    const char* path;
    const char* body;
    int status;
    const char* field;
  };
  const Case cases[] = {
      {"/api/v1/accounts/rich/raise", "{}", 400, "unit"},
      {"/api/v1/accounts/rich/raise", R"({"unit":"usd","window":"day","cap":"5"})", 400, "reason"},
      {"/api/v1/accounts/rich/raise",
       R"({"unit":"usd","window":"fortnight","cap":"5","reason":"x"})", 400, "window"},
      {"/api/v1/accounts/rich/raise", R"({"unit":"usd","window":"day","cap":5.5,"reason":"x"})",
       400, "cap"},
      {"/api/v1/accounts/rich/raise", R"({"unit":"usd","window":"day","cap":"0.5","reason":"x"})",
       400, "cap"},
      {"/api/v1/accounts/rich/raise",
       R"({"unit":"usd","window":"day","cap":"5","reason":"x","expires_at":"tomorrow"})", 400,
       "expires_at"},
      {"/api/v1/accounts/rich/raise", R"({"unit":"usd","window":"month","cap":"5","reason":"x"})",
       404, "unit"},
      {"/api/v1/accounts/nobody/pause", "{}", 404, "account"},
      {"/api/v1/accounts/nobody/resume", "{}", 404, "account"},
      {"/api/v1/halts", "{}", 400, "reason"},
      {"/api/v1/halts", R"({"reason":"x"})", 400, ""},
      {"/api/v1/halts", R"({"everything":true,"account":"acme","reason":"x"})", 400, ""},
      {"/api/v1/halts", R"({"everything":"yes","reason":"x"})", 400, "everything"},
      {"/api/v1/halts", R"({"account":"nobody","reason":"x"})", 404, "account"},
      {"/api/v1/halts/halt_none/lift", R"({"reason":"x"})", 404, "halt"},
      {"/api/v1/halts/halt_none/lift", "{}", 400, "reason"},
      {"/api/v1/runs/r_none/renew", "{}", 404, nullptr},
      {"/api/v1/runs/r_none/end", "{}", 404, nullptr},
      {"/api/v1/clock/confirm", R"({"now":1})", 400, "now"},
  };
  for (const Case& each : cases) {
    const Reply reply = post(each.path, each.body);
    EXPECT_EQ(reply.status, each.status) << each.path << each.body << reply.body;
    if (each.field == nullptr) continue;
    EXPECT_EQ(reply.at("field"), each.field) << each.body << reply.body;
  }
}

}  // namespace
}  // namespace ringfence::api::test
