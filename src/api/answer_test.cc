// SPDX-License-Identifier: Apache-2.0
#include "api/answer.h"

#include <gtest/gtest.h>

#include "api/query.h"
#include "api/render.h"
#include "api/route.h"

namespace ringfence::api {
namespace {

Refusal exhausted() {
  Refusal refusal = refusal_of(Reason::exhausted);
  refusal.decision_id = "d_7";
  WallState wall;
  wall.name = "budget";
  wall.account = "acme";
  wall.unit = "usd";
  wall.scale = 9;
  wall.window = {WindowKind::month, {}};
  wall.cap = 5'000'000'000;
  wall.settled = 4'990'000'000;
  wall.need = 20'000'000;
  wall.resets_at = Time{1'793'872'800'000'000};
  refusal.wall = wall;
  return refusal;
}

TEST(Problem, HasEveryMemberThatApplies) {
  const Answer answer = problem_answer(exhausted());
  EXPECT_EQ(answer.status, 402);
  EXPECT_EQ(answer.headers.find("content-type"), "application/problem+json");
  EXPECT_EQ(answer.body,
            R"({"type":"https://ringfence.dev/problems/exhausted","title":"Exhausted",)"
            R"("status":402,"detail":"This budget is used up. Do not retry; tell your operator.",)"
            R"("reason":"exhausted","final":true,"decision_id":"d_7",)"
            R"("wall":{"name":"budget","account":"acme","unit":"usd","cap":"5.00",)"
            R"("settled":"4.99","held":"0.00","need":"0.02","window":"month",)"
            R"("resets_at":"2026-11-05T10:00:00Z"}})");
}

TEST(Problem, WaitsGoIntoMillisecondsOnly) {
  Refusal refusal = refusal_of(Reason::busy);
  refusal.retry_after = Duration::millis(250);
  const Answer answer = problem_answer(refusal);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.find("retry-after-ms"), "250");
  EXPECT_FALSE(answer.headers.contains("retry-after"));
  EXPECT_NE(answer.body.find("\"retry_after_ms\":250"), std::string::npos);
  EXPECT_NE(answer.body.find("\"final\":false"), std::string::npos);
}

TEST(Problem, FitsIsInTheWallsUnit) {
  Refusal refusal = exhausted();
  refusal.reason = Reason::too_large;
  refusal.fits = 10'000'000;
  EXPECT_NE(problem_answer(refusal).body.find("\"fits\":\"0.01\""), std::string::npos);
  refusal.wall->scale = 0;
  refusal.fits = 12;
  EXPECT_NE(problem_answer(refusal).body.find("\"fits\":\"12\""), std::string::npos);
}

TEST(Problem, OnlyA401AsksForACredential) {
  EXPECT_TRUE(
      problem_answer(refusal_of(Reason::unauthenticated)).headers.contains("www-authenticate"));
  EXPECT_FALSE(problem_answer(refusal_of(Reason::denied)).headers.contains("www-authenticate"));
}

TEST(HoldText, IsCanonical) {
  EXPECT_EQ(parse_hold("17"), HoldId{17});
  EXPECT_EQ(hold_text(HoldId{17}), "17");
  for (const char* bad : {"", "0", "017", "+1", "-1", " 1", "1 ", "1x", "18446744073709551616"}) {
    EXPECT_FALSE(parse_hold(bad)) << bad;
  }
}

TEST(QueryTest, DecodesAndRefuses) {
  const auto query = Query::parse("a=1&b=x%2Fy&c=&&d");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->text("b"), "x/y");
  EXPECT_TRUE(query->has("c"));
  EXPECT_TRUE(query->has("d"));
  EXPECT_FALSE(query->has("e"));
  EXPECT_EQ(*query->integer("a", 0, 9, 5), 1);
  EXPECT_EQ(*query->integer("e", 0, 9, 5), 5);
  EXPECT_FALSE(query->integer("b", 0, 9, 5));
  EXPECT_FALSE(query->integer("a", 2, 9, 5));
  for (const char* bad : {"a=%", "a=%0", "a=%0g", "a=%00", "a=%1f", "a=%7F", "a=1&a=1", "%0d=1"}) {
    EXPECT_FALSE(Query::parse(bad)) << bad;
  }
  std::string many;
  for (int i = 0; i < 40; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_FALSE(Query::parse(many));
}

std::string_view matched(std::string_view method, std::string_view path) {
  const auto match = match_route(method, path);
  return match && match->route != nullptr ? match->route->pattern : "";
}

TEST(MatchRoute, FindsOnePatternAndItsParameter) {
  EXPECT_EQ(matched("POST", "/api/v1/runs"), "/api/v1/runs");
  EXPECT_EQ(matched("GET", "/api/v1/runs/r_1"), "/api/v1/runs/{run}");
  EXPECT_EQ(matched("HEAD", "/api/v1/runs/r_1"), "/api/v1/runs/{run}");
  EXPECT_EQ(matched("POST", "/api/v1/accounts/a/b/raise"), "/api/v1/accounts/{path...}/raise");
  EXPECT_EQ(matched("POST", "/api/v1/accounts//raise"), "/api/v1/accounts/{path...}/raise");
  EXPECT_EQ(matched("GET", "/api/v1/accounts/a/raise"), "/api/v1/accounts/{path...}");
  EXPECT_EQ(match_route("POST", "/api/v1/accounts/a/b/raise")->param, "a/b");
  EXPECT_EQ(match_route("POST", "/api/v1/accounts//raise")->param, "");
  EXPECT_EQ(match_route("GET", "/api/v1/runs/%72_1")->param, "r_1");
  for (const char* path : {"", "/", "/api/v1", "/api/v1/", "/api/v1/runs/", "/api/v1/runs//end",
                           "/api/v1/runs/a/b/end", "/api/v1/RUNS", "/api/v1/runs?x", "*"}) {
    EXPECT_EQ(matched("POST", path), "") << path;
  }
  EXPECT_FALSE(match_route("GET", "/api/v1/runs/%0a"));
  EXPECT_EQ(match_route("PATCH", "/api/v1/runs")->allow, "POST, GET");
}

}  // namespace
}  // namespace ringfence::api
