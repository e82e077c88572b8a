// SPDX-License-Identifier: Apache-2.0
// Real servers on loopback: what is sent to a guard, and what counts as its answer.
#include "guard/hook.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "guard/answer.h"
#include "http/server.h"

namespace ringfence::guard {
namespace {

namespace asio = boost::asio;
using http::awaitable;

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr Duration kLong = Duration::seconds(20);
constexpr Duration kShort = Duration::millis(200);

class HookTest : public testing::Test {
 protected:
  void serve(http::Handler handler) {
    server_.emplace(
        io_.get_executor(),
        [this, handler](http::Request& request, http::Response& response) -> awaitable<void> {
          ++requests_;
          co_await handler(request, response);
        });
    ASSERT_TRUE(server_->listen_tcp("127.0.0.1", 0));
  }

  GuardRule rule() const {
    GuardRule rule;
    rule.name = "g";
    rule.fingerprint = "f";
    rule.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/ask?v=1";
    rule.secret = {.kind = KeySource::Kind::env, .value = "SECRET"};
    rule.allow_private = true;
    return rule;
  }

  static Result<Hooks> load(const GuardRule& rule, const char* secret = kSecret) {
    return Hooks::load({rule}, [secret](const char*) { return secret; });
  }

  // What it answered, or "error: …".
  std::string asked(const GuardRule& rule, Duration timeout = kLong, std::string question = "{}",
                    const char* secret = kSecret) {
    const auto hooks = load(rule, secret);
    EXPECT_TRUE(hooks);
    std::optional<Result<std::string>> answer;
    asio::co_spawn(io_, ask_hook(client_, hooks->find(rule), timeout, std::move(question)),
                   [&](const std::exception_ptr& failure, Result<std::string> said) {
                     if (failure) std::rethrow_exception(failure);
                     answer = std::move(said);
                   });
    while (!answer) io_.run_one();
    return *answer ? **answer : "error: " + answer->error().message;
  }

  asio::io_context io_;
  std::optional<http::Server> server_;
  const std::shared_ptr<http::Client> client_ = std::make_shared<http::Client>();
  int requests_ = 0;
};

awaitable<void> hang(http::Request&, http::Response& response) {
  co_await response.wait_peer_closed();
}

TEST_F(HookTest, AQuestionIsSignedAndEachIsAnother) {
  const auto secret = webhook::Secret::parse(kSecret);
  ASSERT_TRUE(secret);
  std::vector<std::string> ids;
  serve([&](http::Request& request, http::Response& response) -> awaitable<void> {
    const auto body = co_await request.body();
    const auto header = [&](std::string_view name) { return request.header(name).value_or(""); };
    ids.emplace_back(header(webhook::kIdHeader));
    const webhook::ReceivedSignature received{ids.back(), header(webhook::kTimestampHeader),
                                              header(webhook::kSignatureHeader)};
    const bool ours =
        webhook::verify(received, *body, {&*secret, 1}, SystemClock::read().wall).has_value();
    co_await response.send(
        200, {},
        request.method + " " + request.target + " " + *body + (ours ? " ours" : " forged"));
  });
  EXPECT_EQ(asked(rule(), kLong, "{\"a\":1}"), "POST /ask?v=1 {\"a\":1} ours");
  EXPECT_EQ(asked(rule(), kLong, "{\"a\":1}"), "POST /ask?v=1 {\"a\":1} ours");
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_NE(ids[0], ids[1]);
}

TEST_F(HookTest, OnlyAWhole200IsAnAnswer) {
  for (const int status : {201, 204, 301, 302, 307, 308, 400, 403, 410, 429, 500, 503}) {
    requests_ = 0;
    serve([status](http::Request&, http::Response& response) -> awaitable<void> {
      http::Headers headers;
      headers.set("Location", "/ask");
      headers.set("Retry-After", "0");
      co_await response.send(status, headers, status == 204 ? "" : R"({"decision":"allow"})");
    });
    EXPECT_EQ(asked(rule()), "error: its answer has another status than 200") << status;
    EXPECT_EQ(requests_, 1) << status;
  }
}

TEST_F(HookTest, AnAnswerIsBounded) {
  std::size_t bytes = kAnswerBytesMax;
  serve([&](http::Request&, http::Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    co_await response.write(std::string(bytes, ' '));
    co_await response.finish();
  });
  EXPECT_EQ(asked(rule()).size(), kAnswerBytesMax);
  ++bytes;
  EXPECT_EQ(asked(rule()), "error: it answered too much");
}

TEST_F(HookTest, ACutAnswerIsNone) {
  serve([](http::Request&, http::Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    co_await response.write(R"({"decision":"allow"})");
    response.abort();
  });
  EXPECT_EQ(asked(rule()), "error: its answer was cut short");
}

TEST_F(HookTest, OneThatHangsIsOver) {
  serve(hang);
  EXPECT_EQ(asked(rule(), kShort), "error: it did not answer in time");
  // Its head comes in time and its body never ends.
  serve([](http::Request&, http::Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
      if (!co_await response.write(" ")) co_return;
      pause.expires_after(std::chrono::milliseconds(5));
      co_await pause.async_wait(asio::use_awaitable);
    }
  });
  EXPECT_EQ(asked(rule(), kShort), "error: it did not answer in time");
  EXPECT_EQ(requests_, 2);
}

TEST_F(HookTest, WhoIsNotThereOrMayNotBeAskedIsNotReached) {
  serve(hang);
  GuardRule open = rule();
  open.allow_private = false;
  EXPECT_EQ(asked(open), "error: its address is not of the open internet");
  open.url = "http://localhost:" + std::to_string(server_->port());
  EXPECT_EQ(asked(open), "error: its address is not of the open internet");
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(client_->connections_made(), 0U);
  const GuardRule gone = rule();
  server_.reset();
  EXPECT_EQ(asked(gone), "error: it could not be reached");
}

TEST_F(HookTest, WithoutItsSecretNothingIsSent) {
  serve(hang);
  EXPECT_EQ(asked(rule(), kLong, "{}", nullptr), "error: its secret is not there");
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(load(rule(), nullptr)->missing(), std::vector<std::string>{"g"});
  const auto wrong = load(rule(), "sekret");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text().find("sekret"), std::string::npos);
  GuardRule no_file = rule();
  no_file.ca_file = "/nonexistent/ca.pem";
  EXPECT_FALSE(load(no_file));
  GuardRule command = rule();
  command.url.clear();
  EXPECT_EQ(load(command)->find(command), nullptr);
}

}  // namespace
}  // namespace ringfence::guard
