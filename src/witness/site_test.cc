// SPDX-License-Identifier: Apache-2.0
// The witness's port over a real socket.
#include "witness/site.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/log.h"
#include "http/client.h"
#include "journal/test_folder.h"
#include "witness/test_log.h"

namespace ringfence::witness {
namespace {

class SiteTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::off);
    auto opened = Witness::open({folder_.path(), "witness.example.org", {log_.vkey()}});
    ASSERT_TRUE(opened) << opened.error().text();
    witness_ = *std::move(opened);
    server_ = std::make_unique<http::Server>(io_.get_executor(), site_of(*witness_));
    ASSERT_TRUE(server_->listen_tcp("127.0.0.1", 0));
  }
  Reply call(const std::string& method, const std::string& target, const std::string& body) {
    Reply reply;
    const auto ask = [&]() -> http::awaitable<void> {
      http::ClientRequest request;
      request.method = method;
      request.url.host = "127.0.0.1";
      request.url.port = server_->port();
      request.url.target = target;
      request.body = body;
      auto answer = co_await client_.request(std::move(request));
      EXPECT_TRUE(answer.has_value());
      if (!answer) co_return;
      reply.status = answer->status();
      reply.type = answer->headers().find("content-type").value_or("");
      auto rest = co_await answer->read_all(100'000, Duration::seconds(30));
      if (rest) reply.body = *std::move(rest);
    };
    io_.restart();
    boost::asio::co_spawn(io_, ask, [this](const std::exception_ptr& failed) {
      EXPECT_FALSE(failed);
      io_.stop();
    });
    io_.run();
    return reply;
  }

  TestFolder folder_;
  TestLog log_{"log.example.org", 9};
  boost::asio::io_context io_;
  std::unique_ptr<Witness> witness_;
  std::unique_ptr<http::Server> server_;
  http::Client client_;
};

TEST_F(SiteTest, SpeaksTheProtocol) {
  EXPECT_EQ(call("GET", "/vkey", "").body, witness_->vkey() + "\n");
  const Reply cosigned = call("POST", "/add-checkpoint", log_.request(0, 5));
  EXPECT_EQ(cosigned.status, 200);
  EXPECT_TRUE(cosigned.body.starts_with("— witness.example.org "));
  const Reply conflict = call("POST", "/add-checkpoint", log_.request(0, 9));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.type, "text/x.tlog.size");
  EXPECT_EQ(conflict.body, "5\n");
  EXPECT_EQ(call("POST", "/add-checkpoint", "nonsense").status, 400);
}

TEST_F(SiteTest, AnythingElseIsTurnedAway) {
  EXPECT_EQ(call("GET", "/", "").status, 404);
  EXPECT_EQ(call("GET", "/add-checkpoint", "").status, 405);
  EXPECT_EQ(call("POST", "/vkey", "x").status, 405);
  EXPECT_EQ(
      call("POST", "/add-checkpoint", std::string(audit::kWitnessRequestBytesMax + 1, 'x')).status,
      413);
}

}  // namespace
}  // namespace ringfence::witness
