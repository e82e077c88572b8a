// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: the real service in a folder of its own, the API before it on
// loopback, and a client that speaks plain sockets.
//
// Contract: test code only. The server runs on a thread of its own; the clock stands still until a
// test moves it. Nothing here waits for time to pass.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/api.h"
#include "base/clock.h"
#include "base/json.h"
#include "journal/test_folder.h"

namespace ringfence::api::test {

struct Reply {
  int status = 0;
  std::string head;
  std::string body;
  Json json;  // null when the body is none

  std::string header(std::string_view name) const;
  // A member by its dotted path, as text: "wall.cap"; "" when absent.
  std::string at(std::string_view path) const;
};

// One connection; blocking, with a generous time limit that only a hanging server reaches.
class Connection {
 public:
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view bytes);
  Reply receive();
  // Until what has come since the head holds `text`; all of it.
  std::string receive_until(std::string_view text);
  bool at_end();

 private:
  bool fill();

  int socket_;
  std::string input_;
};

class StillClock {
 public:
  ClockReading read() const {
    return {Time{kStart + moved_us_ + stepped_us_}, Duration{moved_us_ + 1}};
  }
  Time now() const { return read().wall; }
  void advance(Duration by) { moved_us_ += by.us; }
  // The wall clock alone, as when somebody sets it.
  void step(Duration by) { stepped_us_ += by.us; }

 private:
  static constexpr std::int64_t kStart = 1'793'872'800'000'000;  // 2026-11-05T10:00:00Z
  std::atomic<std::int64_t> moved_us_ = 0;
  std::atomic<std::int64_t> stepped_us_ = 0;
};

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // `token`: a credential, or empty for none.
  Reply call(std::string_view method, std::string_view path, const std::string& token,
             std::string_view body = {}, std::string_view more_headers = {});
  Reply get(std::string_view path) { return call("GET", path, operator_token_); }
  Reply post(std::string_view path, std::string_view body) {
    return call("POST", path, operator_token_, body);
  }
  static std::string request(std::string_view method, std::string_view path,
                             const std::string& token, std::string_view body = {},
                             std::string_view more_headers = {});

  struct Run {
    std::string id, account, token;
  };
  Run start_run(std::string_view account = "acme/worker-1", std::string_view more = "");
  Reply hold(const Run& run, std::string_view body) {
    return call("POST", "/api/v1/holds", run.token, body);
  }

  StillClock clock_;
  TestFolder folder_;
  void end_streams();

  std::string operator_token_;
  ApiOptions options_;  // may be changed before SetUp
  bool signs_ = false;  // the record is signed: likewise
  const std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>();
  std::unique_ptr<Service> service_;
  std::uint16_t port_ = 0;

 private:
  void open_service();

  boost::asio::io_context io_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> server_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace ringfence::api::test
