// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_answers.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace ringfence::llm {
namespace {

struct Row {
  Reason reason;
  int status;
  bool should_retry;
  const char* type;
};

TEST(AnthropicAnswers, StatusesAndTypesThatItsClientsObey) {
  const Row table[] = {
      {Reason::exhausted, 402, false, "billing_error"},
      {Reason::too_large, 402, false, "billing_error"},
      {Reason::busy, 429, true, "rate_limit_error"},
      {Reason::throttled, 429, true, "rate_limit_error"},
      {Reason::denied, 402, false, "permission_error"},
      {Reason::halted, 402, false, "permission_error"},
      {Reason::paused, 402, false, "permission_error"},
      {Reason::no_wall, 402, false, "billing_error"},
      {Reason::unpriced, 402, false, "billing_error"},
      {Reason::unbounded, 402, false, "billing_error"},
      {Reason::forbidden, 402, false, "permission_error"},
      {Reason::credential_expired, 401, false, "authentication_error"},
      {Reason::credential_revoked, 401, false, "authentication_error"},
      {Reason::unauthenticated, 401, false, "authentication_error"},
      {Reason::unverifiable, 503, true, "overloaded_error"},
      {Reason::invalid, 400, false, "invalid_request_error"},
      {Reason::not_found, 402, false, "not_found_error"},
  };
  for (const Row& row : table) {
    Refusal refusal;
    refusal.reason = row.reason;
    refusal.decision_id = "dec_1";
    const WireAnswer answer = anthropic_refusal(refusal, 402);
    EXPECT_EQ(answer.status, row.status) << to_string(row.reason);
    EXPECT_EQ(answer.should_retry, row.should_retry) << to_string(row.reason);
    EXPECT_EQ(answer.retry_after_ms.has_value(), row.status == 429) << to_string(row.reason);
    const auto body = Json::parse(answer.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(*body->find("type")->string(), "error");
    EXPECT_EQ(*body->find("request_id")->string(), "dec_1");
    const Json* error = body->find("error");
    EXPECT_EQ(*error->find("type")->string(), row.type) << to_string(row.reason);
    EXPECT_NE(*error->find("message")->string(), "");
    const Json* metadata = error->find("metadata");
    EXPECT_EQ(*metadata->find("reason")->string(), to_string(row.reason));
    EXPECT_EQ(*metadata->find("decision_id")->string(), "dec_1");
  }
}

TEST(AnthropicAnswers, AMalformedRequestNamesItsMemberInWhatIsShown) {
  Refusal refusal;
  refusal.reason = Reason::invalid;
  refusal.field = "max_tokens";
  refusal.sentence = "a positive integer was expected";
  EXPECT_EQ(anthropic_refusal(refusal, 402).body,
            R"({"type":"error","error":{"type":"invalid_request_error",)"
            R"("message":"max_tokens: a positive integer was expected",)"
            R"("metadata":{"reason":"invalid","final":true,"param":"max_tokens"}}})");
}

TEST(AnthropicAnswers, FailuresHaveTheTypeOfTheirStatus) {
  struct {
    int status;
    const char* type;
  } const table[] = {{404, "not_found_error"},   {405, "invalid_request_error"},
                     {413, "request_too_large"}, {415, "invalid_request_error"},
                     {502, "api_error"},         {504, "timeout_error"}};
  for (const auto& row : table) {
    const WireAnswer answer = anthropic_failure(row.status, "some_code", "A sentence.");
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.body, std::string(R"({"type":"error","error":{"type":")") + row.type +
                               R"(","message":"A sentence.","metadata":{"reason":"some_code"}}})");
  }
}

TEST(AnthropicAnswers, AnEventThatItsClientsRaise) {
  EXPECT_EQ(anthropic_error_event("halted", "Stop.", "dec_1"),
            "event: error\n"
            R"(data: {"type":"error","error":{"type":"permission_error","message":"Stop.",)"
            R"("metadata":{"reason":"halted","decision_id":"dec_1"}},"request_id":"dec_1"})"
            "\n\n");
  EXPECT_NE(anthropic_error_event("timeout", "x", "").find("timeout_error"), std::string::npos);
  EXPECT_NE(anthropic_error_event("upstream_broken", "x", "").find("api_error"), std::string::npos);
}

}  // namespace
}  // namespace ringfence::llm
