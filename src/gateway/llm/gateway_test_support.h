// SPDX-License-Identifier: Apache-2.0
// What the tests of the driver share: a real service in a folder of its own, the gateway before it,
// a provider whose every answer is a script, and clients over loopback.
//
// Contract: test code only. Everything but the service's own threads runs on the test's thread; the
// clock stands still until a test moves it. Nothing waits for time to pass: `until` turns until the
// books show what is expected, and only a hanging test reaches its watchdog.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "gateway/llm/gateway.h"
#include "http/client.h"
#include "http/server.h"
#include "journal/test_folder.h"

namespace ringfence::llm::test {

using http::awaitable;

class StillClock {
 public:
  ClockReading read() const { return {Time{kStart + moved_us_}, Duration{moved_us_ + 1}}; }
  void advance(Duration by) { moved_us_ += by.us; }

 private:
  static constexpr std::int64_t kStart = 1'793'872'800'000'000;  // 2026-11-05T10:00:00Z
  std::atomic<std::int64_t> moved_us_ = 0;
};

struct Got {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::string error;  // of the transport

  std::string header(std::string_view name) const;
  // A member of `error` by name; "" when absent.
  std::string code() const;
};

// What the books say of the run's account, in nano-USD.
struct Books {
  std::int64_t settled = 0;
  std::int64_t held = 0;
  std::size_t open_holds = 0;
  std::size_t waiters = 0;
  friend bool operator==(const Books&, const Books&) = default;
};

// A chunk of a stream, and the chunk that carries usage.
std::string content_chunk(const std::string& text);
std::string usage_chunk(std::int64_t input, std::int64_t output);
inline constexpr std::string_view kDone = "data: [DONE]\n\n";

class GatewayTest : public ::testing::Test {
 protected:
  using Script = std::function<awaitable<void>(http::Request&, std::string body, http::Response&)>;

  void SetUp() override;
  void TearDown() override;

  // Before the first call: what differs from the usual.
  std::string budget_ = "1.00";
  std::string provider_extra_;  // further members of the provider, ", timeout: 5s"
  std::string second_;          // members of a provider `second` at /second, "failover: openai"
  std::string limits_;          // the section `limits`, whole
  Duration client_write_stall_ = Duration::seconds(60);
  void start();

  // Drives everything until the coroutine ends. Rethrows.
  void run(std::function<awaitable<void>()> coroutine);
  void beside(std::function<awaitable<void>()> coroutine);
  awaitable<void> turn();

  http::ClientRequest chat(std::string body) const;
  awaitable<Got> finish(http::ClientResponse& response);
  awaitable<Got> send(http::ClientRequest request);
  Got call(std::string body, const std::vector<std::pair<std::string, std::string>>& headers = {});
  awaitable<http::ClientResponse> open(std::string body);
  // Reads until the body so far holds `text` or ends.
  awaitable<std::string> read_until(http::ClientResponse& response, std::string text);

  awaitable<Books> books();
  awaitable<void> until(std::function<bool(const Books&)> shows);
  Books books_now();
  // The record's lines of one event type.
  std::vector<Json> events(std::string_view type);
  Reply command(Command command);
  void halt();

  boost::asio::io_context io_;
  TestFolder folder_;
  StillClock clock_;
  std::unique_ptr<Service> service_;
  std::optional<http::Server> provider_;
  std::optional<Gateway> gateway_;
  std::optional<http::Server> server_;
  std::optional<http::Client> client_;
  Script script_;
  int provider_calls_ = 0;
  std::string last_body_;  // as the provider got it
  http::Headers last_headers_;
};

}  // namespace ringfence::llm::test
