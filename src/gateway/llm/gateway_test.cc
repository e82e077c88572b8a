// SPDX-License-Identifier: Apache-2.0
// The driver over real sockets: what goes up, what comes down, what is charged.
#include "gateway/llm/gateway.h"

#include <gtest/gtest.h>

#include "gateway/llm/gateway_test_support.h"

namespace ringfence::llm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kBody =
    R"({"model":"gpt-test","max_tokens":1000,"messages":[{"role":"user","content":"hi"}]})";
const std::string kStreamBody =
    R"({"model":"gpt-test","stream":true,"max_tokens":1000,"messages":[]})";

std::string answer(std::int64_t input, std::int64_t output, const std::string& text = "hello") {
  return R"({"choices":[{"message":{"role":"assistant","content":")" + text +
         R"("}}],"usage":{"prompt_tokens":)" + std::to_string(input) + R"(,"completion_tokens":)" +
         std::to_string(output) + "}}";
}

http::Headers type(const char* value) {
  http::Headers headers;
  headers.add("content-type", value);
  return headers;
}
http::Headers json() { return type("application/json"); }
http::Headers event_stream() { return type("text/event-stream"); }

auto answers(int status, std::string body, http::Headers headers = json()) {
  return [=](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers copy = headers;
    std::string text = body;
    co_await response.send(status, std::move(copy), std::move(text));
  };
}

auto streams(std::string text) {
  return [=](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    http::Headers headers = event_stream();
    co_await response.start(200, std::move(headers));
    co_await response.write(text);
    co_await response.finish();
  };
}

// ---- what passes

TEST_F(GatewayTest, ACallPassesAndIsSettledByItsUsage) {
  script_ = answers(200, answer(1'000, 500));
  const Got got = call(kBody);
  EXPECT_EQ(got.status, 200) << got.body << got.error;
  EXPECT_EQ(got.body, answer(1'000, 500));
  EXPECT_EQ(got.header("x-ringfence-cost"), "0.0075");
  EXPECT_THAT(got.header("x-ringfence-held"), HasSubstr("usd=0.01"));
  EXPECT_THAT(got.header("x-ringfence-remaining"), HasSubstr("usd=0.9"));
  EXPECT_NE(got.header("x-ringfence-decision"), "");
  EXPECT_EQ(got.header("x-ringfence-clamped"), "");
  EXPECT_EQ(last_body_, kBody);
  EXPECT_EQ(last_headers_.find("authorization"), "Bearer sk-provider");
  EXPECT_EQ(last_headers_.find("accept-encoding"), "identity");
  EXPECT_EQ(books_now(), (Books{7'500'000, 0, 0, 0}));
}

TEST_F(GatewayTest, AStreamPassesWithoutTheChunkThatOnlyWeAskedFor) {
  const std::string text = content_chunk("hel") + ": ping\n\n" + content_chunk("lo");
  script_ = streams(text + usage_chunk(1'000, 500) + std::string(kDone));
  const Got got = call(kStreamBody);
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.body, text + std::string(kDone));
  EXPECT_EQ(got.header("content-type"), "text/event-stream");
  EXPECT_THAT(last_body_, HasSubstr(R"("stream_options":{"include_usage":true})"));
  EXPECT_EQ(books_now(), (Books{7'500'000, 0, 0, 0}));
}

TEST_F(GatewayTest, TheProvidersOwnNameIsSent) {
  script_ = answers(200, answer(10, 5));
  EXPECT_EQ(call(R"({"model":"openai/gpt-test","max_tokens":5})").status, 200);
  EXPECT_EQ(last_body_, R"({"model":"gpt-test","max_tokens":5})");
}

TEST_F(GatewayTest, WithoutACapOneIsWritten) {
  script_ = answers(200, answer(10, 5));
  EXPECT_EQ(call(R"({"model":"gpt-test"})").status, 200);
  EXPECT_EQ(last_body_, R"({"max_completion_tokens":16384,"model":"gpt-test"})");
}

TEST_F(GatewayTest, NoCredentialOfOursLeaves) {
  script_ = answers(200, answer(10, 5));
  call(kBody, {{"Cookie", "a=b"}, {"x-ringfence-label-task", "t"}, {"User-Agent", "sdk"}});
  EXPECT_FALSE(last_headers_.contains("cookie"));
  EXPECT_FALSE(last_headers_.contains("x-ringfence-label-task"));
  EXPECT_EQ(last_headers_.find("user-agent"), "sdk");
}

// ---- what is refused

TEST_F(GatewayTest, ASpentBudgetRefusesWithoutACall) {
  budget_ = "0.001";
  script_ = answers(200, answer(10, 5));
  const Got got = call(kBody, {{"x-ringfence-admission", "strict"}});
  EXPECT_EQ(got.status, 402) << got.body;
  EXPECT_EQ(got.code(), "too_large");
  EXPECT_EQ(got.header("x-should-retry"), "false");
  EXPECT_THAT(got.body, HasSubstr(R"("account":"acme")"));
  EXPECT_EQ(provider_calls_, 0);
  EXPECT_EQ(books_now(), Books{});
}

TEST_F(GatewayTest, AClampIsToldAndWritten) {
  budget_ = "0.006";
  script_ = answers(200, answer(10, 5));
  const Got got = call(kBody);
  EXPECT_EQ(got.status, 200) << got.body;
  const std::string clamped = got.header("x-ringfence-clamped");
  ASSERT_NE(clamped, "");
  EXPECT_LT(std::stoi(clamped), 1'000);
  EXPECT_GE(std::stoi(clamped), 256);
  EXPECT_THAT(last_body_, HasSubstr("\"max_tokens\":" + clamped + ","));
}

struct Refused {
  const char* name;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  int status;
  const char* code;
};

TEST_F(GatewayTest, BadInputIsRefusedInTheWiresOwnShape) {
  script_ = answers(200, answer(10, 5));
  const Refused table[] = {
      {"json", "{\"model\":", {}, 400, "invalid"},
      {"utf-8", "{\"model\":\"\xFF\"}", {}, 400, "invalid"},
      {"twice", R"({"model":"gpt-test","n":1,"n":2})", {}, 400, "invalid"},
      {"negative", R"({"model":"gpt-test","max_tokens":-1})", {}, 400, "invalid"},
      {"encoded", kBody, {{"Content-Encoding", "gzip"}}, 415, "encoded_body"},
      {"admission", kBody, {{"x-ringfence-admission", "loose"}}, 400, "invalid"},
      {"wait", kBody, {{"x-ringfence-wait-ms", "30001"}}, 400, "invalid"},
      {"no credential", kBody, {{"Authorization", ""}}, 401, "unauthenticated"},
      {"unknown credential", kBody, {{"Authorization", "Bearer x"}}, 401, "unauthenticated"},
      {"expired", kBody, {{"Authorization", "Bearer expired"}}, 401, "credential_expired"},
      {"operator", kBody, {{"Authorization", "Bearer operator"}}, 402, "forbidden"},
      {"unknown model", R"({"model":"nobody-has-this"})", {}, 402, "unpriced"},
      {"unpriced model", R"({"model":"openai/other","max_tokens":5})", {}, 402, "unpriced"},
      {"unpriced member", R"({"model":"gpt-test","service_tier":"priority"})", {}, 402, "unpriced"},
      {"unknown member", R"({"model":"gpt-test","background":true})", {}, 402, "unpriced"},
      {"no key", R"({"model":"odd"})", {}, 502, "no_provider_key"},
  };
  for (const Refused& row : table) {
    const Got got = call(row.body, row.headers);
    EXPECT_EQ(got.status, row.status) << row.name << got.body << got.error;
    EXPECT_EQ(got.code(), row.code) << row.name << got.body;
    EXPECT_EQ(got.header("x-should-retry"), "false") << row.name;
  }
  EXPECT_EQ(provider_calls_, 0);
  EXPECT_EQ(books_now(), Books{});
}

TEST_F(GatewayTest, OtherPathsAndMethodsAreRefused) {
  start();
  const auto ask = [&](const std::string& method, const std::string& path) {
    Got got;
    run([&]() -> awaitable<void> {
      http::ClientRequest request = chat("");
      request.method = method;
      request.url.target = path;
      got = co_await send(std::move(request));
    });
    return got;
  };
  EXPECT_EQ(ask("POST", "/v1/completions").status, 404);
  for (const char* below : {"", "/cancel", "/input_items", "/compact"}) {
    const std::string path = std::string("/v1/responses/resp_1") + below;
    EXPECT_EQ(ask("GET", path).status, 404) << path;
    EXPECT_EQ(ask("POST", path).status, 404) << path;
    EXPECT_EQ(ask("DELETE", path).status, 404) << path;
  }
  EXPECT_EQ(ask("GET", "/v1/chat/completions").status, 405);
  EXPECT_EQ(ask("DELETE", "/v1/models").status, 405);
  const Got models = ask("GET", "/v1/models");
  EXPECT_EQ(models.status, 200);
  EXPECT_THAT(models.body, HasSubstr(R"("id":"openai/gpt-test","object":"model")"));
}

TEST_F(GatewayTest, ABodyOverTheLimitIs413) {
  start();
  GatewayOptions options;
  options.body_bytes_max = 64;
  // The limit is the gateway's own, below the server's.
  gateway_.reset();
  auto policy = Policy::compile("version: 1\n", "test");
  ASSERT_TRUE(policy) << policy.error().text();
  gateway_.emplace(
      *service_, *policy, KeyRing(),
      [](const http::Headers&) -> Result<auth::Caller> {
        auth::Caller caller;
        caller.kind = auth::Caller::Kind::run;
        caller.claims = std::make_shared<auth::RunClaims>();
        return caller;
      },
      options);
  const Got got = call(std::string(65, ' '));
  EXPECT_EQ(got.status, 413);
  EXPECT_EQ(got.code(), "too_large");
}

// ---- what the provider answers

struct Answered {
  const char* name;
  int status;
  std::string body;
  int shown;             // to the client
  std::int64_t settled;  // nano-USD; -1: the whole hold
};

TEST_F(GatewayTest, EveryAnswerIsChargedByWhatItProves) {
  const std::string text(1'000, 'x');
  const auto usage = [&](const std::string& value) {
    return R"({"choices":[{"message":{"content":")" + text + R"("}}],"usage":)" + value + "}";
  };
  const Answered table[] = {
      {"429", 429, R"({"error":{"message":"slow"}})", 429, 0},
      {"400", 400, R"({"error":{"message":"no"}})", 400, 0},
      {"500", 500, R"({"error":{"message":"oops"}})", 500, -1},
      {"redirect", 302, "", 502, 0},
      {"html", 200, "<html>", 502, -1},
      {"missing", 200, R"({"choices":[]})", 200, -1},
      {"null", 200, usage("null"), 200, -1},
      {"zero", 200, usage(R"({"prompt_tokens":0,"completion_tokens":0})"), 200, -1},
      {"below what was seen", 200, usage(R"({"prompt_tokens":9,"completion_tokens":7})"), 200, -1},
      {"negative", 200, usage(R"({"prompt_tokens":9,"completion_tokens":-7})"), 200, -1},
      {"strings", 200, usage(R"({"prompt_tokens":"9","completion_tokens":"7"})"), 200, -1},
      {"honest", 200, usage(R"({"prompt_tokens":9,"completion_tokens":250})"), 200, 2'522'500},
  };
  budget_ = "100.00";
  for (const Answered& row : table) {
    script_ = answers(row.status, row.body);
    const Books before = service_ ? books_now() : Books{};
    const Got got = call(kBody);
    EXPECT_EQ(got.status, row.shown) << row.name << got.body;
    const auto opened = events("hold");
    ASSERT_FALSE(opened.empty());
    const Books after = books_now();
    const std::int64_t whole = 10'000'000;  // 1,000 output tokens; the input comes on top
    const std::int64_t charged = after.settled - before.settled;
    if (row.settled >= 0) {
      EXPECT_EQ(charged, row.settled) << row.name;
    } else {
      EXPECT_GT(charged, whole) << row.name;
      EXPECT_LT(charged, whole + 1'000'000) << row.name;
    }
    EXPECT_EQ(after.open_holds, 0u) << row.name;
  }
}

TEST_F(GatewayTest, AnOverrunIsRecordedAndTheModelIsHeldAtItsMaximum) {
  budget_ = "100.00";
  script_ = answers(200, answer(10, 3'000));
  call(kBody);
  EXPECT_EQ(books_now().settled, 10 * 2'500 + 3'000 * 10'000);
  script_ = answers(200, answer(10, 5));
  EXPECT_THAT(call(kBody).header("x-ringfence-held"), HasSubstr("usd=0.16"));
}

TEST_F(GatewayTest, AnUnreachableProviderCostsNothing) {
  const Got got = call(R"({"model":"lost"})");
  EXPECT_EQ(got.status, 502) << got.body;
  EXPECT_EQ(got.code(), "upstream_unreachable");
  EXPECT_EQ(got.header("x-should-retry"), "true");
  EXPECT_EQ(books_now(), Books{});
}

TEST_F(GatewayTest, AResetBeforeTheAnswerCostsTheWholeHold) {
  script_ = [](http::Request&, std::string, http::Response& response) -> awaitable<void> {
    response.abort();
    co_return;
  };
  const Got got = call(kBody);
  EXPECT_EQ(got.status, 502);
  EXPECT_EQ(got.code(), "upstream_broken");
  EXPECT_EQ(got.header("x-should-retry"), "false");
  EXPECT_GT(books_now().settled, 10'000'000);
}

}  // namespace
}  // namespace ringfence::llm::test
