// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/log.h"
#include "http/server.h"
#include "http/test_support.h"
#include "http/tls.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr Duration kStall = Duration::seconds(5);

class ClientTest : public testing::Test {
 protected:
  void serve(Handler handler, std::shared_ptr<const TlsContext> tls = nullptr) {
    set_log_level(LogLevel::off);
    ServerOptions options;
    options.tls = std::move(tls);
    server.emplace(io.get_executor(), std::move(handler), std::move(options));
    ASSERT_TRUE(server->listen_tcp("127.0.0.1", 0).has_value());
  }

  ClientRequest request_to(const std::string& target, const std::string& scheme = "http",
                           const std::string& host = "127.0.0.1") const {
    ClientRequest request;
    request.url =
        *Url::parse(scheme + "://" + host + ":" + std::to_string(server->port()) + target);
    return request;
  }

  // The whole body, or "error: …".
  std::string ask(ClientRequest request) {
    std::string text;
    test::run(io, [&]() -> awaitable<void> {
      auto response = co_await client.request(std::move(request));
      if (!response) {
        last_sent = response.error().sent;
        text = "error: " + response.error().error.text();
        co_return;
      }
      auto body = co_await response->read_all(1 << 20, kStall);
      text = body ? *body : "error: " + body.error().text();
    });
    return text;
  }

  asio::io_context io;
  std::optional<Server> server;
  Client client;
  bool last_sent = false;
};

awaitable<void> echo(Request& request, Response& response) {
  const auto body = co_await request.body();
  if (body) co_await response.send(200, {}, request.method + " " + request.target + " " + *body);
}

TEST_F(ClientTest, KeepsOneConnectionForOneAfterAnother) {
  serve(echo);
  for (int i = 0; i < 5; ++i) {
    ClientRequest request = request_to("/x?y=1");
    request.method = "POST";
    request.body = "hello";
    EXPECT_EQ(ask(std::move(request)), "POST /x?y=1 hello");
  }
  EXPECT_EQ(client.connections_made(), 1U);
  EXPECT_EQ(client.idle_connections(), 1U);
}

TEST_F(ClientTest, AConnectionThatThePeerClosedIsNotUsedAgain) {
  serve(echo);
  EXPECT_EQ(ask(request_to("/a")), "GET /a ");
  const std::uint16_t port = server->port();
  server.reset();
  test::run(io, [&]() -> awaitable<void> { co_await test::spin(); });
  server.emplace(io.get_executor(), echo, ServerOptions{});
  ASSERT_TRUE(server->listen_tcp("127.0.0.1", port).has_value());
  EXPECT_EQ(ask(request_to("/b")), "GET /b ");
  EXPECT_EQ(client.connections_made(), 2U);
}

TEST_F(ClientTest, ReadsChunksAsTheyCome) {
  serve([](Request&, Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    for (int i = 0; i < 100; ++i) co_await response.write("piece ");
    co_await response.finish();
  });
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += "piece ";
  EXPECT_EQ(ask(request_to("/")), expected);
  EXPECT_EQ(client.idle_connections(), 1U);
}

TEST_F(ClientTest, AnAnswerCutShortIsAnError) {
  serve([](Request&, Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    co_await response.write("half of it");
    response.abort();
  });
  EXPECT_TRUE(ask(request_to("/")).starts_with("error: "));
  EXPECT_EQ(client.idle_connections(), 0U);
}

TEST_F(ClientTest, NobodyListeningMeansNothingWasSent) {
  serve(echo);
  ClientRequest request = request_to("/");
  server.reset();
  EXPECT_TRUE(ask(std::move(request)).starts_with("error: cannot connect"));
  EXPECT_FALSE(last_sent);
}

// However the host is spelled, it is its addresses that count.
TEST_F(ClientTest, AFilterStopsACallBeforeAnyConnection) {
  serve(echo);
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]",
                           "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"}) {
    ClientRequest request = request_to("/x", "http", host);
    request.filter = open_internet_only();
    const std::string answer = ask(std::move(request));
    EXPECT_TRUE(answer.starts_with("error: the host has an address that is not of the open"))
        << host << ": " << answer;
    EXPECT_FALSE(last_sent);
  }
  EXPECT_EQ(client.connections_made(), 0U);
}

TEST_F(ClientTest, AFilterIsNotPassedByAConnectionThatWasKept) {
  serve(echo);
  EXPECT_EQ(ask(request_to("/a")), "GET /a ");
  ASSERT_EQ(client.idle_connections(), 1U);
  ClientRequest request = request_to("/b");
  request.filter = open_internet_only();
  EXPECT_NE(ask(std::move(request)), "GET /b ");
}

TEST_F(ClientTest, AFilterThatLetsAnAddressPassChangesNothing) {
  serve(echo);
  ClientRequest request = request_to("/a", "http", "localhost");
  std::vector<IpAddress> seen;
  request.filter = std::make_shared<const AddressFilter>([&](const IpAddress& address) {
    seen.push_back(address);
    return Result<void>{};
  });
  EXPECT_EQ(ask(std::move(request)), "GET /a ");
  ASSERT_FALSE(seen.empty());
  for (const IpAddress& address : seen) EXPECT_EQ(classify(address), AddressClass::loopback);
}

TEST_F(ClientTest, AnAnswerThatNeverComesTimesOutAndWasSent) {
  serve(
      [](Request& request, Response&) -> awaitable<void> { co_await request.wait_peer_closed(); });
  ClientRequest request = request_to("/");
  request.head_time = Duration::millis(30);
  EXPECT_TRUE(ask(std::move(request)).starts_with("error: "));
  EXPECT_TRUE(last_sent);
}

TEST_F(ClientTest, CloseEndsAReadThatWaits) {
  serve([](Request& request, Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    co_await response.write("first");
    co_await request.wait_peer_closed();
  });
  bool ended = false;
  test::run(io, [&]() -> awaitable<void> {
    auto response = co_await client.request(request_to("/"));
    auto first = co_await response->read_some(kStall);
    EXPECT_EQ(*first, "first");
    start(io.get_executor(), [&]() -> awaitable<void> {
      response->close();
      co_return;
    });
    const auto second = co_await response->read_some(kStall);
    EXPECT_FALSE(second.has_value());
    ended = true;
  });
  EXPECT_TRUE(ended);
}

TEST_F(ClientTest, ASwitchCutsACallThatStillWaitsForItsHead) {
  bool arrived = false;
  serve([&arrived](Request& request, Response&) -> awaitable<void> {
    arrived = true;
    co_await request.wait_peer_closed();
  });
  ClientRequest request = request_to("/");
  const auto cut = std::make_shared<CutSwitch>();
  request.cut_switch = cut;
  start(io.get_executor(), [&]() -> awaitable<void> {
    while (!arrived) co_await test::spin(1);
    cut->cut();
  });
  EXPECT_TRUE(ask(std::move(request)).starts_with("error: "));
  EXPECT_TRUE(last_sent);
  // One that was cut before it began sends nothing.
  ClientRequest late = request_to("/");
  late.cut_switch = cut;
  EXPECT_EQ(ask(std::move(late)), "error: the call was cut");
  EXPECT_FALSE(last_sent);
}

// ---- TLS: each way in which an upstream's certificate can be wrong is refused by its name.

struct TlsCase {
  const char* name;
  test::CertificateWish wish;
  bool self_signed;
  const char* host;
  const char* sentence;  // empty: accepted
};

class ClientTlsTest : public ClientTest, public testing::WithParamInterface<TlsCase> {};

TEST_P(ClientTlsTest, VerifiesChainAndHost) {
  const TlsCase& c = GetParam();
  test::CertificateWish root_wish;
  root_wish.is_authority = true;
  const test::Certificate root = test::make_certificate(root_wish);
  test::CertificateWish wish = c.wish;
  if (!c.self_signed) wish.issuer = &root;
  const test::Certificate leaf = test::make_certificate(wish);
  serve(echo, *TlsContext::server({.certificate_pem = leaf.pem, .key_pem = leaf.key_pem}));
  ClientRequest request = request_to("/", "https", c.host);
  request.tls = *TlsContext::client({.ca_file = {}, .ca_pem = root.pem});
  const std::string answer = ask(std::move(request));
  if (std::string_view(c.sentence).empty()) {
    EXPECT_EQ(answer, "GET / ");
  } else {
    EXPECT_NE(answer.find(c.sentence), std::string::npos) << answer;
    EXPECT_FALSE(last_sent);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Certificates, ClientTlsTest,
    testing::Values(
        TlsCase{"Good", {}, false, "localhost", ""},
        TlsCase{"GoodByAddress", {}, false, "127.0.0.1", ""},
        TlsCase{
            "Expired", {.starts_in_days = -3, .ends_in_days = -1}, false, "localhost", "expired"},
        TlsCase{"SelfSigned", {}, true, "localhost", "self-signed"},
        TlsCase{"WrongHost",
                {.dns = "other.example", .ip = "127.0.0.9"},
                false,
                "localhost",
                "another host"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Url, ReadsAndRefuses) {
  const auto url = Url::parse("https://api.openai.com/v1?x=1#part");
  ASSERT_TRUE(url.has_value());
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/v1?x=1");
  EXPECT_EQ(url->authority(), "api.openai.com");
  EXPECT_EQ(Url::parse("http://[::1]:81")->authority(), "[::1]:81");
  EXPECT_EQ(Url::parse("http+unix:/run/a.sock:/api")->unix_socket, "/run/a.sock");
  for (const char* bad : {"", "ftp://a", "http://", "http://u:p@host/", "http://a:0/",
                          "http://a:99999", "http://[::1", "http://a b/", "http+unix::/x"}) {
    EXPECT_FALSE(Url::parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace ringfence::http
