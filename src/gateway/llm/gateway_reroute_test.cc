// SPDX-License-Identifier: Apache-2.0
// Where a call goes when its own provider cannot answer, and whose key it carries.
#include "gateway/llm/gateway_test_support.h"

namespace ringfence::llm::test {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNanoPerMicro = 1'000;

std::string answer_text(int input, int output) {
  return R"({"object":"chat.completion","choices":[{"message":{"content":"hi"}}],"usage":)"
         R"({"prompt_tokens":)" +
         std::to_string(input) + R"(,"completion_tokens":)" + std::to_string(output) + "}}";
}

class Reroute : public GatewayTest {
 protected:
  // The twin's first provider answers `status`, the second one always serves.
  void first_answers(int status) {
    script_ = [this, status](http::Request& request, std::string,
                             http::Response& response) -> awaitable<void> {
      paths_.push_back(request.path);
      http::Headers headers;
      headers.add("content-type", "application/json");
      std::string body = answer_text(10, 5);
      const bool serves = status == 200 || request.path.starts_with("/second");
      if (!serves) body = "{}";
      const int told = serves ? 200 : status;
      co_await response.send(told, std::move(headers), std::move(body));
    };
  }
  std::vector<std::string> paths_;
};

TEST_F(Reroute, AnUnreachableProviderFailsOverAtTheOtherPrice) {
  second_ = "key: {env: TEST_KEY}";
  first_answers(200);
  const Got got = call(R"({"model":"nowhere/gpt-twin","max_tokens":50})");
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(paths_, std::vector<std::string>{"/second/chat/completions"});
  EXPECT_EQ(got.header("x-ringfence-model"), "second/gpt-twin");
  EXPECT_THAT(last_body_, HasSubstr(R"("model":"gpt-twin")"));
  // 10 input at 5.00 and 5 output at 20.00 USD per million; the first hold was released.
  EXPECT_EQ(books_now().settled, (10 * 5 + 5 * 20) * kNanoPerMicro);
  EXPECT_EQ(books_now().open_holds, 0U);
  const auto resolved = events("resolved");
  ASSERT_FALSE(resolved.empty());
  EXPECT_EQ(*resolved.front().find("state")->string(), "released");
}

TEST_F(Reroute, WhoAnswersIsNotAskedTwice) {
  second_ = "key: {env: TEST_KEY}, failover: openai";
  provider_extra_ = ", failover: second";
  for (const int status : {200, 400, 401, 404, 422}) {
    paths_.clear();
    first_answers(status);
    EXPECT_EQ(call(R"({"model":"gpt-test","max_tokens":50})").status, status);
    EXPECT_EQ(paths_.size(), 1U) << status;
  }
}

TEST_F(Reroute, AnOverloadedProviderFailsOver) {
  second_ = "key: {env: TEST_KEY}";
  provider_extra_ = ", failover: second";
  for (const int status : {429, 500, 503, 529}) {
    paths_.clear();
    first_answers(status);
    // The second provider has no price for this model: refused, not sent.
    EXPECT_EQ(call(R"({"model":"gpt-test","max_tokens":50})").status, 402) << status;
    EXPECT_EQ(paths_.size(), 1U) << status;
  }
}

// A wall on the dear model alone; the cheaper one costs half.
constexpr const char* kDowngrade =
    "limits:\n"
    "  - {name: dear, match: \"llm:openai/gpt-test\", per: run, calls: 1,"
    " on_exceed: {downgrade: llm:second/gpt-twin}}\n";

TEST_F(Reroute, AUsedUpWallAsksForTheCheaperModel) {
  second_ = "key: {env: TEST_KEY}";
  limits_ = kDowngrade;
  first_answers(200);
  const std::string body = R"({"model":"gpt-test","max_tokens":50})";
  const Got first = call(body);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("x-ringfence-model"), "");
  const std::int64_t before = books_now().settled;
  const Got cheaper = call(body);
  EXPECT_EQ(cheaper.status, 200) << cheaper.body;
  EXPECT_EQ(cheaper.header("x-ringfence-model"), "second/gpt-twin");
  EXPECT_THAT(last_body_, HasSubstr(R"("model":"gpt-twin")"));
  EXPECT_EQ(paths_.back(), "/second/chat/completions");
  EXPECT_EQ(books_now().settled - before, (10 * 5 + 5 * 20) * kNanoPerMicro);
  const auto refused = events("refused");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(*refused[0].find("downgrade")->string(), "llm:second/gpt-twin");
}

TEST_F(Reroute, ACheaperModelThatIsNotAllowedIsRefusedToo) {
  second_ = "key: {env: TEST_KEY}";
  limits_ =
      "limits:\n  - {name: dear, match: \"llm:openai/gpt-test\", per: run, calls: 0,"
      " on_exceed: {downgrade: llm:other/model}}\n";
  first_answers(200);
  const Got got = call(R"({"model":"gpt-test","max_tokens":50})");
  EXPECT_EQ(got.status, 402) << got.body;
  EXPECT_EQ(provider_calls_, 0);
}

TEST_F(Reroute, AClientsOwnKeyGoesUpAndItsMoneyIsNotional) {
  second_ = "key: {from: client}";
  first_answers(200);
  const Got got =
      call(R"({"model":"second/gpt-twin","max_tokens":50})",
           {{"Authorization", "Bearer sk-mine"}, {"x-ringfence-credential", "Bearer run"}});
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(last_headers_.find("authorization").value_or(""), "Bearer sk-mine");
  EXPECT_FALSE(last_headers_.contains("x-ringfence-credential"));
  EXPECT_EQ(books_now().settled, 0);
}

TEST_F(Reroute, NoCredentialOfOursGoesUpAsAKey) {
  second_ = "key: {from: client}";
  first_answers(200);
  const std::string body = R"({"model":"second/gpt-twin","max_tokens":50})";
  using Fields = std::vector<std::pair<std::string, std::string>>;
  for (const Fields& fields : std::vector<Fields>{
           {{"Authorization", "Bearer run"}},
           {{"Authorization", "Bearer run"}, {"x-ringfence-credential", "Bearer run"}},
           {{"Authorization", "Bearer operator"}, {"x-ringfence-credential", "Bearer run"}},
           {{"Authorization", ""}, {"x-ringfence-credential", "Bearer run"}},
       }) {
    const Got got = call(body, fields);
    EXPECT_EQ(got.status, 400) << got.body;
    EXPECT_EQ(got.code(), "invalid") << got.body;
  }
  EXPECT_EQ(provider_calls_, 0);
}

}  // namespace
}  // namespace ringfence::llm::test
