// SPDX-License-Identifier: Apache-2.0
// A server's addresses, and what it does with more clients and requests than it takes.
#include "http/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_support.h"
#include "http/tls.h"

namespace ringfence::http {
namespace {

using test::must_write;
using test::read_to_end;
using test::read_until;
using test::run;

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

awaitable<void> answer_length(Request& request, Response& response) {
  const auto body = co_await request.body(1 << 30);
  if (body) co_await response.send(200, {}, "read " + std::to_string(body->size()));
}

class ListenerTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::off);
    path = testing::TempDir() + "rf-listener-" + std::to_string(::getpid()) + ".sock";
    ::unlink(path.c_str());
    certificate = test::make_certificate({});
  }
  void TearDown() override { ::unlink(path.c_str()); }

  Server& serve(ServerOptions options = {}) {
    return server.emplace(io.get_executor(), answer_length, std::move(options));
  }
  ServerOptions with_tls() const {
    ServerOptions options;
    options.tls =
        *TlsContext::server({.certificate_pem = certificate.pem, .key_pem = certificate.key_pem});
    return options;
  }
  // Status and body, or "error: …".
  std::string ask(const std::string& url) {
    std::string text;
    run(io, [&]() -> awaitable<void> {
      ClientRequest request;
      request.url = *Url::parse(url);
      request.tls = *TlsContext::client({.ca_file = {}, .ca_pem = certificate.pem});
      auto response = co_await client.request(std::move(request));
      if (!response) {
        text = "error: " + response.error().error.text();
        co_return;
      }
      const auto body = co_await response->read_all(1 << 20, Duration::seconds(5));
      text = std::to_string(response->status()) + " " + body.value_or("cut short");
    });
    return text;
  }
  std::string here(const char* scheme) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(server->port()) + "/";
  }
  // What a bound socket leaves in the file system when its process dies.
  void leave_dead_socket(const std::string& at) const {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    at.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
  }

  asio::io_context io;
  std::string path;
  test::Certificate certificate;
  std::optional<Server> server;
  Client client;
};

// ---- addresses

TEST_F(ListenerTest, TlsIsForItsOwnAddressesAlone) {
  serve(with_tls());
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  EXPECT_EQ(ask(here("https")), "200 read 0");
  EXPECT_TRUE(ask(here("http")).starts_with("error: "));
  ASSERT_TRUE(server->listen_tcp_plain("127.0.0.1", 0).has_value());
  EXPECT_EQ(ask(here("http")), "200 read 0");
  EXPECT_TRUE(ask(here("https")).starts_with("error: "));
  ASSERT_TRUE(server->listen_unix(path).has_value());
  EXPECT_EQ(ask("http+unix:" + path + ":/"), "200 read 0");
}

TEST_F(ListenerTest, OnlyADeadSocketOfOurOwnIsReplaced) {
  serve();
  ASSERT_TRUE(write_file_atomic(path, "precious", 0600).has_value());
  EXPECT_EQ(server->listen_unix(path).error().code, ErrorCode::conflict);
  EXPECT_EQ(read_file(path, 100).value_or(""), "precious");
  ::unlink(path.c_str());

  const std::string target = path + ".target";
  ::unlink(target.c_str());
  leave_dead_socket(target);
  ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0);
  EXPECT_EQ(server->listen_unix(path).error().code, ErrorCode::conflict);
  EXPECT_EQ(::access(target.c_str(), F_OK), 0);
  ::unlink(target.c_str());
  ::unlink(path.c_str());

  leave_dead_socket(path);
  EXPECT_TRUE(server->listen_unix(path).has_value());
}

TEST_F(ListenerTest, AFileThatTookTheSocketsPlaceStays) {
  serve();
  ASSERT_TRUE(server->listen_unix(path).has_value());
  ASSERT_TRUE(write_file_atomic(path, "another's", 0600).has_value());
  server->stop();
  EXPECT_EQ(read_file(path, 100).value_or(""), "another's");
}

// ---- more than it takes

TEST_F(ListenerTest, WhoIsTurnedAwayHearsItThoughItHasSentMuch) {
  ServerOptions options;
  options.limits.connections_max = 1;
  serve(options);
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  run(io, [&]() -> awaitable<void> {
    auto first = test::connect_loopback(io, server->port());
    co_await must_write(*first, kGet);
    co_await read_until(*first, "read 0");
    auto second = test::connect_loopback(io, server->port());
    co_await must_write(*second, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n" +
                                     std::string(90'000, 'x'));
    const std::string answer = co_await read_to_end(*second);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("\r\nconnection: close\r\n"), std::string::npos);
  });
}

TEST_F(ListenerTest, WhoIsTurnedAwayFromTlsHearsItToo) {
  ServerOptions options = with_tls();
  options.limits.connections_max = 0;
  serve(options);
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  EXPECT_TRUE(ask(here("https")).starts_with("503 "));
}

TEST_F(ListenerTest, ThoseTurnedAwayKeepNobodyWaiting) {
  ServerOptions options;
  options.limits.connections_max = 1;
  options.limits.turned_away_max = 2;
  options.limits.linger_time = Duration::minutes(10);  // they would hold their places for ever
  serve(options);
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  run(io, [&]() -> awaitable<void> {
    auto first = test::connect_loopback(io, server->port());
    co_await must_write(*first, kGet);
    co_await read_until(*first, "read 0");
    std::vector<std::unique_ptr<Stream>> crowd;
    for (int i = 0; i < 200; ++i) crowd.push_back(test::connect_loopback(io, server->port()));
    // The first is served all the while, and beyond two nobody is even told.
    co_await must_write(*first, kGet);
    co_await read_until(*first, "read 0");
    std::string buffer(1'000, '\0');
    EXPECT_TRUE((co_await read_until(*crowd.front(), "\r\n\r\n")).starts_with("HTTP/1.1 503 "));
    EXPECT_EQ((co_await crowd.back()->read_some(buffer)).value_or(0), 0u);
    first->close();
    while (server->connections() > 0) co_await test::spin(1);
    auto next = test::connect_loopback(io, server->port());
    co_await must_write(*next, kLastGet);
    EXPECT_TRUE((co_await read_to_end(*next)).starts_with("HTTP/1.1 200 "));
  });
}

TEST_F(ListenerTest, TheLastRequestOfAConnectionIsToldSo) {
  ServerOptions options;
  options.limits.requests_per_connection_max = 3;
  serve(options);
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, kGet + kGet + kGet + kGet);
    const std::string answers = co_await read_to_end(*stream);
    EXPECT_EQ(answers.find("connection: close"), answers.rfind("connection: close"));
    EXPECT_TRUE(answers.ends_with("connection: close\r\n\r\nread 0")) << answers;
  });
  EXPECT_EQ(server->requests_served(), 3u);
}

TEST_F(ListenerTest, NoHandlerTakesALargerBodyThanTheServer) {
  ServerOptions options;
  options.limits.body_bytes_max = 10;
  serve(options);
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
    EXPECT_TRUE((co_await read_to_end(*stream)).starts_with("HTTP/1.1 413 "));
  });
}

TEST_F(ListenerTest, WindingDownCutsNothing) {
  server.emplace(io.get_executor(), [&](Request&, Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    co_await response.wait_peer_closed();
  });
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, kGet);
    co_await read_until(*stream, "\r\n\r\n");
    EXPECT_EQ(co_await server->wind_down(Duration::millis(10)), 1u);
    EXPECT_EQ(stream->peer_state(), PeerState::quiet);
    EXPECT_EQ(co_await server->drain(Duration::millis(10)), 1u);
    EXPECT_EQ(co_await server->wind_down(Duration::seconds(10)), 0u);  // its handler has ended
  });
}

}  // namespace
}  // namespace ringfence::http
