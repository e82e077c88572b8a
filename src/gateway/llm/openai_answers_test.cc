// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_answers.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace ringfence::llm {
namespace {

Refusal of(Reason reason) {
  Refusal refusal;
  refusal.reason = reason;
  return refusal;
}

struct Row {
  Reason reason;
  int status;
  bool should_retry;
};

TEST(OpenAiAnswers, StatusesThatItsClientsObey) {
  const Row table[] = {
      {Reason::exhausted, 402, false},
      {Reason::too_large, 402, false},
      {Reason::busy, 429, true},
      {Reason::throttled, 429, true},
      {Reason::denied, 402, false},
      {Reason::halted, 402, false},
      {Reason::paused, 402, false},
      {Reason::no_wall, 402, false},
      {Reason::unpriced, 402, false},
      {Reason::unbounded, 402, false},
      {Reason::credential_expired, 401, false},
      {Reason::credential_revoked, 401, false},
      {Reason::unauthenticated, 401, false},
      {Reason::unverifiable, 503, true},
      {Reason::invalid, 400, false},
      {Reason::not_found, 402, false},
  };
  for (const Row& row : table) {
    const WireAnswer answer = openai_refusal(of(row.reason), 402);
    EXPECT_EQ(answer.status, row.status) << to_string(row.reason);
    EXPECT_EQ(answer.should_retry, row.should_retry) << to_string(row.reason);
    EXPECT_EQ(answer.retry_after_ms.has_value(), row.status == 429) << to_string(row.reason);
    const auto body = Json::parse(answer.body);
    ASSERT_TRUE(body);
    const Json* error = body->find("error");
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(*error->find("code")->string(), to_string(row.reason));
    EXPECT_EQ(*error->find("type")->string(), "ringfence_" + std::string(to_string(row.reason)));
    EXPECT_FALSE(error->find("message")->string()->empty());
    EXPECT_TRUE(error->find("param")->is_null());
    EXPECT_EQ(*error->find("metadata")->find("final")->boolean(), !row.should_retry);
  }
}

TEST(OpenAiAnswers, TellsTheWall) {
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
  wall.resets_at = Time{1'775'001'600'000'000};
  refusal.wall = wall;
  refusal.fits = 100'000'000;
  EXPECT_EQ(openai_refusal(refusal, 402).body,
            R"({"error":{"message":")" + default_sentence(Reason::too_large) +
                R"(","type":"ringfence_too_large","code":"too_large","param":null,)"
                R"("metadata":{"reason":"too_large","final":true,"decision_id":"d_1",)"
                R"("wall":{"name":"budget","account":"acme/run","unit":"usd","cap":"1.00",)"
                R"("settled":"0.90","held":"0.00","need":"0.18","window":"month",)"
                R"("resets_at":"2026-04-01T00:00:00Z"},"resets_at":"2026-04-01T00:00:00Z",)"
                R"("fits":"0.10"}}})");
}

TEST(OpenAiAnswers, NeverALongRetry) {
  Refusal refusal = of(Reason::throttled);
  refusal.retry_after = Duration::hours(24);
  EXPECT_EQ(openai_refusal(refusal, 402).retry_after_ms, 30'000);
  refusal.retry_after = Duration{0};
  EXPECT_EQ(openai_refusal(refusal, 402).retry_after_ms, 1);
}

TEST(OpenAiAnswers, TheErrorEventIsOneEvent) {
  const std::string event = openai_error_event("halted", "Stopped.\nBy \"someone\".", "d_2");
  EXPECT_TRUE(event.starts_with("data: {\"error\":{\"message\":\"Stopped.\\nBy"));
  EXPECT_TRUE(event.ends_with("}\n\n"));
  EXPECT_EQ(event.find('\n'), event.size() - 2);
}

}  // namespace
}  // namespace ringfence::llm
