// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_answers.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace ringfence::llm {
namespace {

Refusal of(Reason reason) {
  Refusal refusal;
  refusal.reason = reason;
  return refusal;
}

Json error_of(std::string_view body) {
  const auto parsed = Json::parse(body);
  EXPECT_TRUE(parsed) << body;
  EXPECT_EQ(parsed->object()->size(), 1u);
  return *parsed->find("error");
}

struct Row {
  Reason reason;
  int status;
  const char* word;
};

TEST(GeminiAnswers, StatusesThatItsClientsObey) {
  const Row table[] = {
      {Reason::exhausted, 402, "RESOURCE_EXHAUSTED"},
      {Reason::too_large, 402, "RESOURCE_EXHAUSTED"},
      {Reason::busy, 429, "RESOURCE_EXHAUSTED"},
      {Reason::throttled, 429, "RESOURCE_EXHAUSTED"},
      {Reason::denied, 402, "PERMISSION_DENIED"},
      {Reason::halted, 402, "PERMISSION_DENIED"},
      {Reason::no_wall, 402, "PERMISSION_DENIED"},
      {Reason::unpriced, 402, "PERMISSION_DENIED"},
      {Reason::unauthenticated, 401, "UNAUTHENTICATED"},
      {Reason::unverifiable, 503, "UNAVAILABLE"},
      {Reason::invalid, 400, "INVALID_ARGUMENT"},
  };
  for (const Row& row : table) {
    const WireAnswer answer = gemini_refusal(of(row.reason), 402);
    EXPECT_EQ(answer.status, row.status) << to_string(row.reason);
    EXPECT_EQ(answer.should_retry, !is_final(row.reason)) << to_string(row.reason);
    const Json error = error_of(answer.body);
    EXPECT_EQ(error.find("code")->integer(), row.status);
    EXPECT_EQ(*error.find("status")->string(), row.word) << to_string(row.reason);
    EXPECT_FALSE(error.find("message")->string()->empty());
    const Json& info = error.find("details")->array()->front();
    EXPECT_EQ(*info.find("@type")->string(), "type.googleapis.com/google.rpc.ErrorInfo");
    EXPECT_EQ(*info.find("metadata")->find("reason")->string(), to_string(row.reason));
    EXPECT_EQ(error.find("details")->array()->size(), row.status == 429 ? 2u : 1u);
  }
}

TEST(GeminiAnswers, TellsTheWallAsStrings) {
  Refusal refusal = of(Reason::too_large);
  refusal.decision_id = "d_1";
  WallState wall;
  wall.name = "budget";
  wall.account = "acme/run";
  wall.unit = "usd";
  wall.scale = 9;
  wall.window.kind = WindowKind::month;
  wall.cap = 1'000'000'000;
  wall.settled = 900'000'000;
  wall.need = 180'000'000;
  refusal.wall = wall;
  refusal.fits = 100'000'000;
  EXPECT_EQ(gemini_refusal(refusal, 402).body,
            R"({"error":{"code":402,"message":")" + default_sentence(Reason::too_large) +
                R"(","status":"RESOURCE_EXHAUSTED","details":[{"@type":)"
                R"("type.googleapis.com/google.rpc.ErrorInfo","reason":"RINGFENCE_TOO_LARGE",)"
                R"("domain":"ringfence","metadata":{"reason":"too_large","final":"true",)"
                R"("decision_id":"d_1","wall_name":"budget","wall_account":"acme/run",)"
                R"("wall_unit":"usd","wall_cap":"1.00","wall_settled":"0.90","wall_held":"0.00",)"
                R"("wall_need":"0.18","wall_window":"month","fits":"0.10"}}]}})");
}

TEST(GeminiAnswers, TellsWhenToComeBackAndWhatWasWrong) {
  Refusal refusal = of(Reason::throttled);
  refusal.retry_after = Duration::millis(1'250);
  EXPECT_EQ(*error_of(gemini_refusal(refusal, 402).body)
                 .find("details")
                 ->array()
                 ->back()
                 .find("retryDelay")
                 ->string(),
            "1.250s");
  Refusal malformed = of(Reason::invalid);
  malformed.field = "contents[0]";
  const Json error = error_of(gemini_refusal(malformed, 402).body);
  EXPECT_EQ(*error.find("details")
                 ->array()
                 ->back()
                 .find("fieldViolations")
                 ->array()
                 ->front()
                 .find("field")
                 ->string(),
            "contents[0]");
}

TEST(GeminiAnswers, TheErrorEventIsOneEventWithTheErrorFirst) {
  const std::string event = gemini_error_event("halted", "Stopped.\nBy \"someone\".", "d_2");
  EXPECT_TRUE(event.starts_with("data: {\"error\":{\"code\":402,\"message\":\"Stopped.\\nBy"));
  EXPECT_TRUE(event.ends_with("}\n\n"));
  EXPECT_EQ(event.find('\n'), event.size() - 2);
  EXPECT_TRUE(gemini_error_event("upstream_broken", "x", "")
                  .starts_with("data: {\"error\":{\"code\":409,"));
}

TEST(GeminiAnswers, FailuresHaveTheSameShape) {
  const WireAnswer answer = gemini_failure(404, "not_found", "Nothing here.");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(*error_of(answer.body).find("status")->string(), "NOT_FOUND");
}

}  // namespace
}  // namespace ringfence::llm
