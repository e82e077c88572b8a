// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <optional>

#include "http/test_support.h"

namespace ringfence::http {
namespace {

using test::background;
using test::must_write;
using test::read_to_end;
using test::run;
using test::spin;

test::Certificate authority() {
  test::CertificateWish wish;
  wish.is_authority = true;
  return test::make_certificate(wish);
}

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    root = authority();
    test::CertificateWish wish;
    wish.issuer = &root;
    wish.dns = "*.example.com";
    const test::Certificate leaf = test::make_certificate(wish);
    server_context = *TlsContext::server({.certificate_pem = leaf.pem, .key_pem = leaf.key_pem});
    client_context = *TlsContext::client({.ca_file = {}, .ca_pem = root.pem});
    below = test::stream_pair(io);
  }

  // Both handshakes at once; the client's outcome.
  awaitable<Result<void>> shake(std::string host) {
    auto client = make_tls_client(std::move(below.a), client_context, host);
    if (!client) co_return std::unexpected(client.error());
    a = *std::move(client);
    b = make_tls_server(std::move(below.b), server_context);
    background(io, [this]() -> awaitable<void> {
      server_outcome = co_await b->handshake();
      if (!*server_outcome) b->close();
    });
    auto outcome = co_await a->handshake();
    while (!server_outcome) co_await spin(1);
    co_return outcome;
  }

  asio::io_context io;
  test::Certificate root;
  std::shared_ptr<const TlsContext> server_context;
  std::shared_ptr<const TlsContext> client_context;
  test::Pair below;
  std::unique_ptr<Stream> a;  // the client's end
  std::unique_ptr<Stream> b;
  std::optional<Result<void>> server_outcome;
};

TEST_F(TlsTest, CarriesBothDirectionsAtOnce) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    EXPECT_TRUE(a->secure());
    const std::string forth(3'000'000, 'f');
    const std::string back(2'000'000, 'b');
    std::string got_forth;
    int ended = 0;
    background(io, [&]() -> awaitable<void> {
      co_await must_write(*a, forth);
      co_await a->shutdown();
      ++ended;
    });
    background(io, [&]() -> awaitable<void> {
      co_await must_write(*b, back);
      co_await b->shutdown();
      ++ended;
    });
    background(io, [&]() -> awaitable<void> {
      got_forth = co_await read_to_end(*b);
      ++ended;
    });
    const std::string got_back = co_await read_to_end(*a);
    while (ended < 3) co_await spin(1);
    EXPECT_TRUE(got_back == back);
    EXPECT_TRUE(got_forth == forth);
  });
}

TEST_F(TlsTest, ManySmallPiecesArriveInOrder) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    std::vector<std::string> texts;
    std::string all;
    for (int i = 0; i < 5'000; ++i) texts.push_back(i % 7 == 0 ? "" : std::to_string(i) + ",");
    const std::vector<std::string_view> pieces(texts.begin(), texts.end());
    for (const std::string& text : texts) all += text;
    background(io, [&]() -> awaitable<void> {
      EXPECT_TRUE(co_await a->write_all(pieces));
      co_await a->shutdown();
    });
    EXPECT_EQ(co_await read_to_end(*b), all);
  });
}

TEST_F(TlsTest, AnEndWithoutAGoodbyeIsAnError) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    co_await must_write(*a, "half");
    a->close();
    std::string buffer(100, '\0');
    const auto first = co_await b->read_some(buffer);
    EXPECT_EQ(first.value_or(0), 4u);
    const auto second = co_await b->read_some(buffer);
    EXPECT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::closed);
  });
}

TEST_F(TlsTest, AGoodbyeIsAnOrderlyEnd) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    co_await a->shutdown();
    std::string buffer(100, '\0');
    const auto end = co_await b->read_some(buffer);
    EXPECT_EQ(end.value_or(99), 0u);
    co_await must_write(*b, "still");  // one side's end is not the other's
    EXPECT_EQ((co_await a->read_some(buffer)).value_or(0), 5u);
  });
}

TEST_F(TlsTest, TheHostMustBeTheCertificates) {
  struct Case {
    const char* host;
    bool good;
  };
  for (const Case& c :
       {Case{"api.example.com", true}, Case{"API.Example.COM", true}, Case{"127.0.0.1", true},
        Case{"example.com", false}, Case{"a.b.example.com", false},
        Case{"api.example.com.evil.org", false}, Case{"127.0.0.2", false}, Case{"::1", false}}) {
    below = test::stream_pair(io);
    server_outcome.reset();
    run(io, [this, &c]() -> awaitable<void> {
      const auto outcome = co_await shake(c.host);
      EXPECT_EQ(outcome.has_value(), c.good) << c.host;
      if (!outcome) {
        EXPECT_EQ(outcome.error().message, "TLS: the certificate is for another host.") << c.host;
        EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
      }
    });
  }
  below = test::stream_pair(io);
  EXPECT_EQ(make_tls_client(std::move(below.a), client_context, "").error().code,
            ErrorCode::invalid);
}

TEST_F(TlsTest, NoAuthorityNoTrust) {
  const test::Certificate other = authority();
  client_context = *TlsContext::client({.ca_file = {}, .ca_pem = other.pem});
  run(io, [this]() -> awaitable<void> {
    const auto outcome = co_await shake("api.example.com");
    EXPECT_FALSE(outcome.has_value());
    EXPECT_NE(outcome.error().message.find("TLS: "), std::string::npos);
  });
}

TEST_F(TlsTest, NothingBelow12) {
  SSL_CTX_set_min_proto_version(client_context->native(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client_context->native(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(client_context->native(), "ALL:@SECLEVEL=0");
  run(io, [this]() -> awaitable<void> {
    EXPECT_FALSE((co_await shake("api.example.com")).has_value());
  });
}

TEST_F(TlsTest, AHandshakeThatStallsTimesOut) {
  run(io, [this]() -> awaitable<void> {
    a = *make_tls_client(std::move(below.a), client_context, "api.example.com");
    a->expires_after(Duration::millis(20));
    const auto outcome = co_await a->handshake();
    EXPECT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ErrorCode::timeout);
  });
}

TEST_F(TlsTest, WhatIsNotTlsIsRefused) {
  run(io, [this]() -> awaitable<void> {
    b = make_tls_server(std::move(below.b), server_context);
    co_await must_write(*below.a, "GET / HTTP/1.1\r\n\r\n");
    const auto outcome = co_await b->handshake();
    EXPECT_FALSE(outcome.has_value());
  });
}

TEST_F(TlsTest, SeesThroughTicketsWhetherThePeerIsThere) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    co_await spin();
    EXPECT_EQ(a->peer_state(), PeerState::quiet);  // session tickets are no data
    bool gone = false;
    background(io, [&]() -> awaitable<void> {
      co_await b->wait_peer_closed();
      gone = true;
    });
    co_await must_write(*a, "pipelined");
    co_await spin();
    EXPECT_FALSE(gone);
    EXPECT_EQ(b->peer_state(), PeerState::data);
    co_await a->shutdown();
    while (!gone) co_await spin(1);
    std::string buffer(100, '\0');
    EXPECT_EQ((co_await b->read_some(buffer)).value_or(0), 9u);  // nothing was lost by looking
    EXPECT_EQ((co_await b->read_some(buffer)).value_or(99), 0u);
  });
}

TEST_F(TlsTest, CloseEndsWhatWaits) {
  run(io, [this]() -> awaitable<void> {
    EXPECT_TRUE(co_await shake("api.example.com"));
    int ended = 0;
    std::string buffer(100, '\0');
    background(io, [&]() -> awaitable<void> {
      EXPECT_FALSE((co_await a->read_some(buffer)).has_value());
      ++ended;
    });
    background(io, [&]() -> awaitable<void> {
      const std::string much(50'000'000, 'x');
      EXPECT_FALSE((co_await a->write_all(much)).has_value());
      ++ended;
    });
    co_await spin(200);
    EXPECT_EQ(ended, 0);
    a->close();
    while (ended < 2) co_await spin(1);
    EXPECT_FALSE((co_await a->write_all("x")).has_value());
  });
}

std::string ed25519_key() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

TEST(TlsContext, RefusesWhatItCannotUse) {
  const test::Certificate one = test::make_certificate({});
  const test::Certificate two = test::make_certificate({});
  const auto server = [](const std::string& pem, const std::string& key) {
    return TlsContext::server({.certificate_pem = pem, .key_pem = key}).has_value();
  };
  EXPECT_TRUE(server(one.pem, one.key_pem));
  EXPECT_FALSE(server(one.pem, two.key_pem));
  EXPECT_FALSE(server(one.pem, ed25519_key()));  // of another kind than the certificate's
  EXPECT_FALSE(server("no PEM", one.key_pem));
  EXPECT_FALSE(server(one.pem, ""));
  EXPECT_FALSE(TlsContext::client({.ca_file = "/no/such/file", .ca_pem = {}}).has_value());
  EXPECT_FALSE(TlsContext::client({.ca_file = {}, .ca_pem = "no PEM"}).has_value());
  EXPECT_TRUE(TlsContext::client({}).has_value());
}

}  // namespace
}  // namespace ringfence::http
