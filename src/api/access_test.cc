// SPDX-License-Identifier: Apache-2.0
// Who may do what: every route of the table against every kind of caller.
#include "api/route.h"
#include "api/test_support.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;

// A concrete path for a pattern; what stands for the parameter need not exist.
std::string path_of(std::string_view pattern, const std::string& run) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return std::string(pattern);
  const std::size_t close = pattern.find('}');
  const std::string_view name = pattern.substr(open + 1, close - open - 1);
  const std::string value = name == "run" ? run : name == "path..." ? "acme" : "999999";
  return std::string(pattern.substr(0, open)) + value + std::string(pattern.substr(close + 1));
}

TEST_F(ApiTest, EveryRouteRefusesStrangers) {
  const Run run = start_run();
  for (const Route& route : routes()) {
    if (route.open) continue;
    const std::string path = path_of(route.pattern, run.id);
    const Reply nobody = call(route.method, path, "");
    EXPECT_EQ(nobody.status, 401) << path;
    EXPECT_EQ(nobody.at("reason"), "unauthenticated") << path;
    EXPECT_THAT(nobody.header("www-authenticate"), HasSubstr("Bearer")) << path;
    for (const std::string& token : {auth::make_operator_token(), std::string("sk-123"),
                                     run.token + "A", run.token.substr(0, run.token.size() - 1)}) {
      EXPECT_EQ(call(route.method, path, token).status, 401) << path;
    }
  }
}

TEST_F(ApiTest, ARunHasNoOperatorsRights) {
  const Run run = start_run();
  for (const Route& route : routes()) {
    if (route.open || route.runs != RunState::refused) continue;
    const std::string path = path_of(route.pattern, run.id);
    const Reply refused = call(route.method, path, run.token);
    EXPECT_EQ(refused.status, 403) << path << refused.body;
    EXPECT_EQ(refused.at("reason"), "forbidden") << path;
    EXPECT_THAT(refused.at("detail"), HasSubstr("right")) << path;
  }
}

TEST_F(ApiTest, AnOperatorCannotActAsARun) {
  const Run run = start_run();
  for (const Route& route : routes()) {
    if (route.open || !route.rights.empty()) continue;
    const std::string path = path_of(route.pattern, run.id);
    const Reply refused = call(route.method, path, operator_token_);
    EXPECT_EQ(refused.status, 403) << path << refused.body;
    EXPECT_THAT(refused.at("detail"), HasSubstr("Start a run")) << path;
  }
}

TEST_F(ApiTest, AnExpiredCredentialOpensNothingButSettling) {
  const Run run = start_run();
  clock_.advance(Duration::hours(3));
  for (const Route& route : routes()) {
    if (route.open || route.runs == RunState::refused) continue;
    const bool settling = route.runs == RunState::any;
    const Reply reply = call(route.method, path_of(route.pattern, run.id), run.token);
    EXPECT_EQ(reply.status == 401, !settling) << route.pattern << reply.body;
    EXPECT_EQ(reply.at("reason") == "credential_expired", !settling) << route.pattern;
  }
}

TEST_F(ApiTest, ARevokedCredentialOpensNothingButSettling) {
  const Run run = start_run();
  ASSERT_EQ(post("/api/v1/halts", R"({"account":"acme","reason":"test"})").status, 201);
  const std::string bodies[][2] = {
      {"/api/v1/holds", R"({"operation":"tool:t/a"})"},
      {"/api/v1/runs/" + run.id + "/delegate", R"({"budgets":[{"unit":"usd","cap":"0.1"}]})"},
  };
  for (const Route& route : routes()) {
    if (route.open || route.runs == RunState::refused) continue;
    const bool settling = route.runs == RunState::any;
    const std::string path = path_of(route.pattern, run.id);
    std::string body = "{}";
    for (const auto& [of, text] : bodies) body = of == path ? text : body;
    const Reply reply = call(route.method, path, run.token, body);
    EXPECT_EQ(reply.status == 401, !settling) << route.pattern << reply.body;
    EXPECT_EQ(reply.at("reason") == "credential_revoked", !settling) << route.pattern;
  }
}

TEST_F(ApiTest, ARunSeesItsOwnSubtreeAlone) {
  const Run run = start_run();
  const Run other = start_run("acme/worker-2");
  EXPECT_EQ(call("GET", "/api/v1/accounts/" + run.account, run.token).status, 200);
  EXPECT_EQ(call("GET", "/api/v1/accounts", run.token).at("accounts.0.account"), run.account);
  for (const std::string& path :
       {std::string("acme"), std::string(""), other.account, std::string("acme/worker-1")}) {
    EXPECT_EQ(call("GET", "/api/v1/accounts/" + path, run.token).status, 404) << path;
  }
  EXPECT_EQ(call("GET", "/api/v1/accounts?under=acme", run.token).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/quota?run=" + other.id, run.token).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/runs/" + other.id, run.token).status, 404);
}

TEST_F(ApiTest, ARunsKeyIsTakenWhereClientsPutIt) {
  const Run run = start_run();
  for (const std::string& header : {"x-api-key: " + run.token, "x-goog-api-key: " + run.token,
                                    "proxy-authorization: Bearer " + run.token}) {
    EXPECT_EQ(call("GET", "/api/v1/quota", "", "", header + "\r\n").status, 200) << header;
  }
  EXPECT_EQ(call("GET", "/api/v1/status", "", "", "x-api-key: " + operator_token_ + "\r\n").status,
            401);
  const Run other = start_run("acme/worker-2");
  const Reply two =
      call("GET", "/api/v1/quota", run.token, "", "x-api-key: " + other.token + "\r\n");
  EXPECT_EQ(two.status, 400);
  EXPECT_EQ(two.at("field"), "x-api-key");
}

// The run's own credential wins over whatever else a request could lean on.
class LocalOperatorTest : public ApiTest {
 protected:
  void SetUp() override {
    options_.local = [this](const http::Request&) { return local_; };
    ApiTest::SetUp();
  }
  auth::Operators operators_{auth::make_operator_token()};
  std::optional<auth::Caller> local_;
};

TEST_F(LocalOperatorTest, CountsOnlyWithoutACredential) {
  EXPECT_EQ(call("GET", "/api/v1/status", "").status, 401);
  const Run run = start_run();
  local_ = auth::operator_caller(operators_.local());
  EXPECT_EQ(call("GET", "/api/v1/status", "").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/status", run.token).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/status", "sk-unknown").status, 401);
}

TEST_F(ApiTest, WrongPathsAndMethods) {
  EXPECT_EQ(get("/api/v1/nothing").status, 404);
  EXPECT_EQ(get("/api/v2/runs").status, 404);
  EXPECT_EQ(get("/api").status, 404);
  EXPECT_EQ(get("/api/v1/runs/").status, 404);
  EXPECT_EQ(get("/api/v1/runs/a/b").status, 404);
  const Reply put = call("PUT", "/api/v1/status", operator_token_, "{}");
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(put.header("allow"), "GET");
  EXPECT_EQ(put.at("type"), "https://ringfence.dev/problems/method_not_allowed");
  EXPECT_EQ(call("DELETE", "/api/v1/runs", operator_token_).header("allow"), "POST, GET");
  const Reply head = call("HEAD", "/api/v1/status", operator_token_);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.header("content-length"), "0");
}

}  // namespace
}  // namespace ringfence::api::test
