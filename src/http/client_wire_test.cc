// SPDX-License-Identifier: Apache-2.0
// The client against peers that a well-behaved server would never be.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "http/client.h"
#include "http/listener.h"
#include "http/test_support.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

using test::background;
using test::must_write;
using test::read_until;
using test::run;
using test::spin;

constexpr Duration kStall = Duration::seconds(5);

class ClientWireTest : public testing::Test {
 protected:
  void SetUp() override {
    auto listening = listen_on_tcp(io.get_executor(), "127.0.0.1", 0);
    ASSERT_TRUE(listening.has_value());
    listener = *listening;
  }
  void TearDown() override { listener->close(); }

  ClientRequest request_to(const std::string& target, const std::string& method = "GET") const {
    ClientRequest request;
    request.method = method;
    request.url = *Url::parse("http://127.0.0.1:" + std::to_string(listener->port) + target);
    return request;
  }

  // Each connection in turn is given to `peer`; accepted ones live as long as
  // the test.
  void serve(std::function<awaitable<void>(Stream&)> peer) {
    background(io, [this, peer = std::move(peer)]() -> awaitable<void> {
      for (;;) {
        auto accepted = co_await accept_next(listener);
        if (!accepted) co_return;
        streams.push_back(std::move(accepted->stream));
        Stream* stream = streams.back().get();
        background(io, [peer, stream]() -> awaitable<void> { co_await peer(*stream); });
      }
    });
  }

  // The body, or "error: …".
  awaitable<std::string> ask(ClientRequest request) {
    auto response = co_await client.request(std::move(request));
    if (!response) {
      last_sent = response.error().sent;
      co_return "error: " + response.error().error.text();
    }
    auto body = co_await response->read_all(1 << 24, kStall);
    if (!body) co_return "error: " + body.error().text();
    co_return std::to_string(response->status()) + " " + *body;
  }

  asio::io_context io;
  ListenerPtr listener;
  std::vector<std::unique_ptr<Stream>> streams;
  Client client;
  bool last_sent = false;
};

TEST_F(ClientWireTest, AnAnswerSplitAtEveryByteIsTheSame) {
  const std::string answer =
      "HTTP/1.1 103 Early Hints\r\nLink: "
      "x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  std::size_t cut = 0;
  serve([&](Stream& stream) -> awaitable<void> {
    for (;;) {
      const std::string request = co_await read_until(stream, "\r\n\r\n");
      if (request.empty()) co_return;
      co_await must_write(stream, std::string_view(answer).substr(0, cut));
      co_await spin(4);
      co_await must_write(stream, std::string_view(answer).substr(cut));
    }
  });
  run(io, [&]() -> awaitable<void> {
    for (cut = 1; cut < answer.size(); ++cut) {
      const std::string got = co_await ask(request_to("/"));
      EXPECT_EQ(got, "200 hello!") << cut;
    }
  });
  EXPECT_EQ(client.connections_made(), 1u);
}

TEST_F(ClientWireTest, AnAnswerThatComesBeforeTheRequestIsReadIsHeard) {
  serve([](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");  // and nothing of the body
    co_await must_write(stream, "HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig");
  });
  run(io, [&]() -> awaitable<void> {
    ClientRequest request = request_to("/", "POST");
    request.body.assign(30'000'000, 'x');
    const std::string got = co_await ask(std::move(request));
    EXPECT_EQ(got, "413 big");
  });
  EXPECT_EQ(client.idle_connections(), 0u);  // its request never went out whole
}

TEST_F(ClientWireTest, OnlyWhatIsSafeIsSentAgain) {
  std::vector<std::string> heard;
  serve([&](Stream& stream) -> awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      const std::string request = co_await read_until(stream, "\r\n\r\n");
      if (request.empty()) co_return;
      heard.push_back(request.substr(0, request.find(' ', request.find(' ') + 1)));
      if (i == 1) break;  // the second on each connection gets no answer
      co_await must_write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    stream.close();
  });
  run(io, [&]() -> awaitable<void> {
    EXPECT_EQ(co_await ask(request_to("/1")), "200 ok");
    EXPECT_EQ(co_await ask(request_to("/2")), "200 ok");  // twice on the wire
    const std::string posted = co_await ask(request_to("/3", "POST"));
    EXPECT_TRUE(posted.starts_with("error: ")) << posted;
    EXPECT_TRUE(last_sent);
  });
  EXPECT_EQ(heard, (std::vector<std::string>{"GET /1", "GET /2", "GET /2", "POST /3"}));
}

TEST_F(ClientWireTest, AFreshConnectionThatBreaksIsNotTriedAgain) {
  serve([](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    stream.close();
  });
  run(io, [&]() -> awaitable<void> {
    const std::string got = co_await ask(request_to("/"));
    EXPECT_TRUE(got.starts_with("error: ")) << got;
  });
  EXPECT_EQ(client.connections_made(), 1u);
}

TEST_F(ClientWireTest, TimeThatOurReaderTakesIsNotThePeersStall) {
  serve([](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    co_await must_write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  });
  run(io, [&]() -> awaitable<void> {
    auto response = co_await client.request(request_to("/"));
    co_await must_write(*streams.back(), "first");
    const auto first = co_await response->read_some(Duration::millis(20));
    EXPECT_EQ(first.value_or(""), "first");
    asio::steady_timer reader_is_slow(io, std::chrono::milliseconds(60));
    co_await wait_for(reader_is_slow);
    co_await must_write(*streams.back(), "secnd");
    const auto second = co_await response->read_some(kStall);
    EXPECT_EQ(second.value_or(""), "secnd");
  });
}

TEST_F(ClientWireTest, APeerThatStallsTimesOut) {
  serve([](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    co_await must_write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    co_await read_until(stream, "never");
  });
  run(io, [&]() -> awaitable<void> {
    auto response = co_await client.request(request_to("/"));
    co_await response->read_some(Duration::millis(20));
    const auto second = co_await response->read_some(Duration::millis(20));
    EXPECT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::timeout);
  });
}

TEST_F(ClientWireTest, AReaderOfOursThatIsSlowHoldsThePeerBack) {
  std::size_t written = 0;
  serve([&](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    co_await must_write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n");
    const std::string piece(100'000, 'x');
    for (int i = 0; i < 500; ++i) {
      if (!co_await stream.write_all(piece)) co_return;
      written += piece.size();
    }
  });
  run(io, [&]() -> awaitable<void> {
    auto response = co_await client.request(request_to("/"));
    std::size_t before = 1;
    while (before != written) {
      before = written;
      co_await spin(200);
    }
    EXPECT_LT(written, 20'000'000u);
    std::size_t got = 0;
    for (;;) {
      const auto piece = co_await response->read_some(kStall);
      if (!piece || piece->empty()) break;
      EXPECT_LE(piece->size(), 16u * 1024);
      got += piece->size();
    }
    EXPECT_EQ(got, 50'000'000u);
  });
}

TEST_F(ClientWireTest, HostileAnswersAreErrors) {
  std::string answer;
  serve([&](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    co_await stream.write_all(answer);
    co_await stream.shutdown();
  });
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  struct Case {
    std::string answer;
    const char* sentence;
  };
  run(io, [&]() -> awaitable<void> {
    for (const Case& c :
         {Case{ok + "A: " + std::string(70'000, 'x') + "\r\n\r\n", "malformed answer"},
          Case{ok + "A: b\r\n c\r\n\r\n", "malformed answer"},
          Case{ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "malformed answer"},
          Case{"HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade"},
          Case{"HTTP/1.1 099 Odd\r\n\r\n", "status"},
          Case{interim + ok + "Content-Length: 0\r\n\r\n", "too many interim"},
          Case{ok.substr(0, 10), "ended before"}, Case{"", "ended before"},
          Case{ok + "Content-Length: 9\r\n\r\nshort", "cut short"},
          Case{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "cut short"},
          Case{ok + "Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n", "malformed answer"}}) {
      answer = c.answer;
      const std::string got = co_await ask(request_to("/"));
      EXPECT_TRUE(got.starts_with("error: ")) << got;
      EXPECT_NE(got.find(c.sentence), std::string::npos) << got << " instead of " << c.sentence;
    }
  });
  EXPECT_EQ(client.idle_connections(), 0u);
}

// ---- a bad peer is bounded, and whoever else is being served does not notice

struct BadPeer {
  const char* name;
  std::function<awaitable<void>(Stream&)> play;
  const char* sentence;  // of the error, or how the answer begins
};

awaitable<void> repeat(Stream& stream, std::string piece, std::size_t bytes) {
  for (std::size_t sent = 0; sent < bytes; sent += piece.size()) {
    if (!co_await stream.write_all(piece)) co_return;
  }
}

std::vector<BadPeer> bad_peers() {
  constexpr std::size_t kMuch = 100'000'000;
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const auto says = [](std::string first, std::string again, std::size_t bytes) {
    return [=](Stream& stream) -> awaitable<void> {
      co_await stream.write_all(first);
      co_await repeat(stream, again, bytes);
    };
  };
  const std::string field = "X-Padding: " + std::string(1'000, 'x') + "\r\n";
  const std::string piece(1 << 16, 'x');
  std::string chunks;
  for (int i = 0; i < 10'000; ++i) chunks += "4\r\n\xff\xfe\x80\xc0\r\n";
  const std::string coded =
      "Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\xff";
  return {
      {"100 MB of fields", says(ok, field, kMuch), "malformed answer"},
      {"one field of 100 MB", says(ok + "X: ", piece, kMuch), "malformed answer"},
      {"a status line of 100 MB", says("HTTP/1.1 200 ", piece, kMuch), "malformed answer"},
      {"interim answers without end", says("", "HTTP/1.1 103 Early\r\n\r\n", kMuch),
       "too many interim"},
      {"a body without end", says(ok + "\r\n", piece, kMuch), "the answer is too long"},
      {"chunks without end", says(ok + "Transfer-Encoding: chunked\r\n\r\n", chunks, kMuch),
       "the answer is too long"},
      {"a chunk extension without end",
       says(ok + "Transfer-Encoding: chunked\r\n\r\n4;", piece, kMuch), "malformed answer"},
      {"trailers without end", says(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", field, kMuch),
       "malformed answer"},
      {"not HTTP", says("SSH-2.0-OpenSSH_9.2\r\n\r\n", "", 0), "malformed answer"},
      {"never answers", [](Stream& stream) { return stream.wait_peer_closed(); }, "time"},
      {"stops in its head",
       [](Stream& stream) -> awaitable<void> {
         co_await stream.write_all("HTTP/1.1 200 O");
         co_await stream.wait_peer_closed();
       },
       "time"},
      // These are answers like any other: nothing is followed, unpacked or read as text here.
      {"a redirect",
       says("HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nConnection: close\r\nContent-Length: "
            "0\r\n\r\n",
            "", 0),
       "307 "},
      {"what may be a bomb", says(ok + coded, "", 0), "200 \x1f\x8b\x08\xff"},
      {"no UTF-8", says(ok + "Content-Length: 3\r\n\r\n\xff\xfe\x80", "", 0), "200 \xff\xfe\x80"},
  };
}

TEST_F(ClientWireTest, ABadPeerIsBoundedAndOthersDoNotNotice) {
  std::function<awaitable<void>(Stream&)> play;
  int asked = 0;
  serve([&](Stream& stream) -> awaitable<void> {
    const std::string head = co_await read_until(stream, "\r\n\r\n");
    if (!head.starts_with("GET /good ")) {
      ++asked;
      co_return co_await play(stream);
    }
    co_await stream.write_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    // The test itself sends the rest.
  });
  run(io, [&]() -> awaitable<void> {
    auto good = co_await client.request(request_to("/good"));
    Stream* const behind = streams.front().get();
    for (const BadPeer& bad : bad_peers()) {
      play = bad.play;
      ClientRequest request = request_to("/bad", "POST");
      // Only who says nothing is waited for; a slow machine may take its time over the others.
      if (bad.sentence == std::string_view("time")) request.head_time = Duration::millis(200);
      auto answer = co_await ask(std::move(request));
      EXPECT_TRUE(answer.starts_with(bad.sentence) ||
                  (answer.starts_with("error: ") && answer.find(bad.sentence) != std::string::npos))
          << bad.name << ": " << answer.substr(0, 200);
      co_await must_write(*behind, "4\r\ngood\r\n");
      EXPECT_EQ((co_await good->read_some(kStall)).value_or("?"), "good") << bad.name;
    }
  });
  EXPECT_EQ(asked, static_cast<int>(bad_peers().size()));  // each once: none again, none elsewhere
}

TEST_F(ClientWireTest, FramingAndLifetimeAreNotTheCallersToSay) {
  std::string heard;
  serve([&](Stream& stream) -> awaitable<void> {
    heard = co_await read_until(stream, "\r\n\r\n");
    co_await must_write(stream, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  run(io, [&]() -> awaitable<void> {
    ClientRequest request = request_to("/", "POST");
    for (const char* name : {"Transfer-Encoding", "connection", "Content-Length", "HOST", "te"}) {
      request.headers.add(name, "evil");
    }
    request.headers.add("X-Own", "kept");
    EXPECT_EQ(co_await ask(std::move(request)), "204 ");
    ClientRequest injected = request_to("/");
    injected.headers.add("X", "a\r\nB: c");
    const std::string refused = co_await ask(std::move(injected));
    EXPECT_TRUE(refused.starts_with("error: ")) << refused;
  });
  EXPECT_EQ(heard.find("evil"), std::string::npos) << heard;
  EXPECT_NE(heard.find("X-Own: kept"), std::string::npos);
  EXPECT_NE(heard.find("Content-Length: 0"), std::string::npos);
}

TEST_F(ClientWireTest, AKeptConnectionThatWaitsTooLongClosesItself) {
  Client impatient({.message = {}, .idle_time = Duration::millis(20)});
  bool ended = false;
  serve([&](Stream& stream) -> awaitable<void> {
    co_await read_until(stream, "\r\n\r\n");
    co_await must_write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(co_await read_until(stream, "more"), "");
    ended = true;
  });
  run(io, [&]() -> awaitable<void> {
    auto response = co_await impatient.request(request_to("/"));
    EXPECT_TRUE(response.has_value());
    EXPECT_EQ(impatient.idle_connections(), 1u);
    while (!ended) co_await spin(1);
  });
}

TEST_F(ClientWireTest, ALookUpThatIsSlowOrFailsIsAnErrorAndNothingWasSent) {
  run(io, [&]() -> awaitable<void> {
    ClientRequest request = request_to("/");
    request.url.host = "no-such-host.invalid";
    last_sent = true;
    const std::string got = co_await ask(std::move(request));
    EXPECT_TRUE(got.starts_with("error: ")) << got;
    EXPECT_FALSE(last_sent);
  });
}

}  // namespace
}  // namespace ringfence::http
