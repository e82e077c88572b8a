// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <vector>

#include "base/log.h"
#include "http/test_support.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

using test::background;
using test::must_write;
using test::read_to_end;
using test::read_until;
using test::run;

// Answers "METHOD path?query body".
awaitable<void> echo(Request& request, Response& response) {
  const auto body = co_await request.body();
  if (!body) co_return;
  std::string text = request.method + " " + request.path + "?" + request.query + " " + *body;
  co_await response.send(200, {{"content-type", "text/plain"}}, std::move(text));
}

class ServerTest : public testing::Test {
 protected:
  void serve(Handler handler, ServerOptions options = {}) {
    set_log_level(LogLevel::off);
    server.emplace(io.get_executor(), std::move(handler), std::move(options));
    const auto listening = server->listen_tcp("127.0.0.1", 0);
    ASSERT_TRUE(listening.has_value()) << listening.error().text();
    ASSERT_NE(server->port(), 0);
  }

  // Sends all of it at once and shuts down nothing; returns what comes until the server closes.
  std::string ask(std::string request) {
    std::string answer;
    run(io, [&]() -> awaitable<void> {
      auto stream = test::connect_loopback(io, server->port());
      co_await stream->write_all(request);  // may fail: the server may have seen enough
      answer = co_await read_to_end(*stream);
      stream->close();
      co_await test::spin();
    });
    return answer;
  }

  asio::io_context io;
  std::optional<Server> server;
};

std::string last_request(std::string line, std::string fields = "", std::string body = "") {
  return line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n" + body;
}

TEST_F(ServerTest, AnswersOneRequest) {
  serve(echo);
  const std::string answer = ask(last_request("GET /a/b?x=1"));
  EXPECT_EQ(answer,
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n"
            "connection: close\r\n\r\nGET /a/b?x=1 ");
}

TEST_F(ServerTest, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
  serve(echo);
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests +=
        "POST /" + std::to_string(i) +
        " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc\r\n";  // one blank line is let be
  }
  const std::string answer = ask(requests + last_request("GET /end"));
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answer.find("POST /" + std::to_string(i) + "? abc", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_TRUE(answer.ends_with("GET /end? "));
  EXPECT_EQ(server->requests_served(), 51u);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, ARequestSplitAtEveryByteIsTheSameRequest) {
  serve(echo);
  const std::string request =
      "POST /p?q HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=\"y\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
      co_await must_write(*stream, std::string_view(request).substr(0, cut));
      co_await test::spin(6);
      co_await must_write(*stream, std::string_view(request).substr(cut));
      const std::string answer = co_await read_until(*stream, "abc0123456789");
      EXPECT_TRUE(answer.ends_with("POST /p?q abc0123456789")) << cut << ": " << answer;
    }
  });
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToStay) {
  serve(echo);
  EXPECT_NE(ask("GET / HTTP/1.0\r\n\r\n").find("connection: close"), std::string::npos);
  const std::string answer =
      ask("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
  EXPECT_NE(answer.find("connection: keep-alive"), std::string::npos);
  EXPECT_NE(answer.find("GET /2?"), std::string::npos);
}

TEST_F(ServerTest, HeadHasALengthAndNoBody) {
  serve(echo);
  const std::string answer = ask("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + last_request("GET /y"));
  EXPECT_NE(answer.find("content-length: 9\r\n\r\nHTTP/1.1 200"), std::string::npos) << answer;
}

TEST_F(ServerTest, TellsAClientThatExpectsItToContinue) {
  serve(echo);
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream,
                        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                        "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(co_await read_until(*stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await must_write(*stream, "ok");
    EXPECT_TRUE((co_await read_until(*stream, "? ok")).starts_with("HTTP/1.1 200 OK"));
  });
}

TEST_F(ServerTest, AnEarlyRefusalNeedsNoBody) {
  serve([](Request&, Response& response) -> awaitable<void> {
    co_await response.send_problem(403, "no");
  });
  const std::string answer =
      ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answer;
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
}

struct HostileCase {
  const char* name;
  std::string bytes;
  int status;
};

std::vector<HostileCase> hostile_cases() {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  return {
      {"length and chunked", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunked and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
      {"two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
      {"two equal lengths", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
      {"a list of lengths", post + "Content-Length: 3, 3\r\n\r\n", 400},
      {"signed length", post + "Content-Length: +3\r\n\r\n", 400},
      {"negative length", post + "Content-Length: -3\r\n\r\n", 400},
      {"hex length", post + "Content-Length: 0x3\r\n\r\n", 400},
      {"empty length", post + "Content-Length:\r\n\r\n", 400},
      {"length of 21 digits", post + "Content-Length: 184467440737095516160\r\n\r\n", 400},
      {"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n", 501},
      {"chunked twice in two",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
      {"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {"identity", post + "Transfer-Encoding: identity\r\n\r\n", 501},
      {"quoted chunked", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", 501},
      {"vertical tab", post + "Transfer-Encoding: \vchunked\r\n\r\n", 400},
      {"blank before colon", post + "Transfer-Encoding : chunked\r\n\r\n", 400},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"folded", get + "A: b\r\n c\r\n\r\n", 400},
      {"folded with tab", get + "A: b\r\n\tc\r\n\r\n", 400},
      {"fold before the first", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"bare LF in a field", get + "A: b\nC: d\r\n\r\n", 400},
      {"bare CR in a field", get + "A: b\rC: d\r\n\r\n", 400},
      {"NUL", get + std::string("A: b\0c\r\n\r\n", 10), 400},
      {"DEL", get + "A: \x7f\r\n\r\n", 400},
      {"no name", get + ": b\r\n\r\n", 400},
      {"no colon", get + "Ab\r\n\r\n", 400},
      {"name with blank", get + "A b: c\r\n\r\n", 400},
      {"name beyond ASCII", get + "\xc3\xa4: c\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", get + "Host: i\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"lower-case protocol", "GET / http/1.1\r\nHost: h\r\n\r\n", 505},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"target beyond ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"ftp target", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method with a slash", "GE/T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"TLS hello on a plain port", std::string("\x16\x03\x01\x02\x00\x01\x00", 7), 400},
      {"expects tea", post + "Expect: tea\r\nContent-Length: 1\r\n\r\n", 417},
      {"chunk size is no number", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"chunk size empty", post + "Transfer-Encoding: chunked\r\n\r\n\r\n", 400},
      {"chunk size overflows", post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
       400},
      {"chunk size negative", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {"chunk size 0x", post + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400},
      {"chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
       400},
      {"chunk line ends in LF", post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
       400},
      {"LF in a chunk extension",
       post + "Transfer-Encoding: chunked\r\n\r\n3;a=\"\n\"\r\nabc\r\n0\r\n\r\n", 400},
      {"endless chunk extension",
       post + "Transfer-Encoding: chunked\r\n\r\n3;" + std::string(20'000, 'a'), 400},
      {"endless trailers",
       post + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(20'000, 'a'), 400},
      {"body too large", post + "Content-Length: 33554433\r\n\r\n", 413},
      {"chunked body too large", post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", 413},
  };
}

TEST_F(ServerTest, HostileRequestsAreRefusedWithAProblem) {
  int handled = 0;
  ServerOptions options;
  options.limits.linger_time = Duration::millis(20);
  options.limits.body_bytes_max = 1 << 20;
  serve(
      [&](Request& request, Response& response) -> awaitable<void> {
        ++handled;
        co_await echo(request, response);
      },
      options);
  for (const HostileCase& hostile : hostile_cases()) {
    std::string bytes = hostile.bytes;
    if (hostile.status == 413) bytes += std::string((1 << 20) + 1, 'x');
    const std::string answer = ask(bytes + last_request("GET /smuggled"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(hostile.status) + " "))
        << hostile.name << ": " << answer;
    EXPECT_NE(answer.find("\r\nconnection: close\r\n"), std::string::npos) << hostile.name;
    EXPECT_NE(answer.find("{\"type\":\"about:blank\""), std::string::npos) << hostile.name;
    EXPECT_EQ(answer.find("/smuggled"), std::string::npos) << hostile.name;
  }
  EXPECT_LT(handled, 15);  // those with a bad body only
}

TEST_F(ServerTest, EachLimitHasItsStatus) {
  ServerOptions options;
  options.limits.linger_time = Duration::millis(20);
  options.limits.message = {.head_bytes_max = 2000,
                            .start_line_bytes_max = 500,
                            .fields_max = 10,
                            .chunk_line_bytes_max = 100};
  options.limits.body_bytes_max = 1000;
  serve(echo, options);
  const auto status_of = [this](const std::string& request) { return ask(request).substr(9, 3); };
  EXPECT_EQ(status_of(last_request("GET /" + std::string(400, 'a'))), "200");
  EXPECT_EQ(status_of(last_request("GET /" + std::string(500, 'a'))), "414");
  EXPECT_EQ(status_of(last_request("GET /", "A: " + std::string(1000, 'a') + "\r\n")), "200");
  EXPECT_EQ(status_of(last_request("GET /", "A: " + std::string(2000, 'a') + "\r\n")), "431");
  std::string fields;
  for (int i = 0; i < 8; ++i) fields += "A: b\r\n";
  EXPECT_EQ(status_of(last_request("GET /", fields)), "200");
  EXPECT_EQ(status_of(last_request("GET /", fields + "A: b\r\n")), "431");
  const std::string body(1000, 'b');
  EXPECT_EQ(status_of(last_request("POST /", "Content-Length: 1000\r\n", body)), "200");
  EXPECT_EQ(status_of(last_request("POST /", "Content-Length: 1001\r\n", body + "b")), "413");
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(status_of(last_request("POST /", chunked, "3e8\r\n" + body + "\r\n0\r\n\r\n")), "200");
  EXPECT_EQ(
      status_of(last_request("POST /", chunked, "3e8\r\n" + body + "\r\n1\r\nb\r\n0\r\n\r\n")),
      "413");
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitAreToldSo) {
  ServerOptions options;
  options.limits.connections_max = 2;
  serve(echo, options);
  run(io, [&]() -> awaitable<void> {
    std::vector<std::unique_ptr<Stream>> streams;
    for (int i = 0; i < 2; ++i) {
      streams.push_back(test::connect_loopback(io, server->port()));
      co_await must_write(*streams.back(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      co_await read_until(*streams.back(), "GET /");
    }
    auto third = test::connect_loopback(io, server->port());
    EXPECT_TRUE((co_await read_to_end(*third)).starts_with("HTTP/1.1 503 "));
    streams.pop_back();
    while (server->connections() > 1) co_await test::spin(1);
    auto fourth = test::connect_loopback(io, server->port());
    co_await must_write(*fourth, last_request("GET /"));
    EXPECT_TRUE((co_await read_to_end(*fourth)).starts_with("HTTP/1.1 200 "));
  });
}

TEST_F(ServerTest, ASlowHeadASlowBodyAndAnIdleConnectionAreClosed) {
  ServerOptions options;
  options.limits.head_time = Duration::millis(30);
  options.limits.idle_time = Duration::millis(30);
  options.limits.body_stall = Duration::millis(30);
  Result<std::string> body = "";
  serve(
      [&](Request& request, Response& response) -> awaitable<void> {
        body = co_await request.body();
        if (body) co_await response.send(200, {}, "");
      },
      options);
  EXPECT_EQ(ask(""), "");
  EXPECT_EQ(ask("GET / HTT"), "");
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab"), "");
  ASSERT_FALSE(body.has_value());
  EXPECT_EQ(body.error().code, ErrorCode::timeout);
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("content-length: 0\r\n\r\n"));
}

TEST_F(ServerTest, StreamsInChunksAndToHttp10UntilTheEnd) {
  serve([](Request&, Response& response) -> awaitable<void> {
    co_await response.start(200, {{"x", "y"}});
    co_await response.write("hello ");
    co_await response.write("");
    co_await response.write("0123456789abcdef");
    co_await response.finish();
  });
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + last_request("HEAD /")),
            "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n"
            "6\r\nhello \r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
            "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(ask("GET / HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nx: y\r\nconnection: close\r\n\r\nhello 0123456789abcdef");
}

TEST_F(ServerTest, AStatedLengthIsKeptToTheByte) {
  std::string what;
  serve([&](Request& request, Response& response) -> awaitable<void> {
    co_await response.start(200, {{"Content-Length", "4"}});
    const auto written = co_await response.write(request.path.substr(1));
    what = written ? "" : written.error().message;
    if (written) {
      const auto finished = co_await response.finish();
      what = finished ? "" : finished.error().message;
    }
  });
  EXPECT_TRUE(ask(last_request("GET /abcd")).ends_with("\r\n\r\nabcd"));
  EXPECT_EQ(what, "");
  ask(last_request("GET /abcde"));
  EXPECT_EQ(what, "More was written than the Content-Length says.");
  ask(last_request("GET /abc"));
  EXPECT_EQ(what, "Less was written than the Content-Length says.");
}

TEST_F(ServerTest, NoHeaderOfAHandlerCanStartALineOfItsOwn) {
  serve([](Request&, Response& response) -> awaitable<void> {
    const auto bad = co_await response.send(200, {{"a", "b\r\nc: d"}}, "x");
    EXPECT_FALSE(bad.has_value());
    EXPECT_FALSE(response.started());
    co_await response.send(200, {{"transfer-encoding", "gzip"}, {"connection", "x"}}, "fine");
  });
  const std::string answer = ask(last_request("GET /"));
  EXPECT_EQ(answer, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfine");
}

TEST_F(ServerTest, WhatAHandlerLeavesUndoneIsSettled) {
  serve([](Request& request, Response& response) -> awaitable<void> {
    if (request.path == "/throw") throw std::runtime_error("secret");
    if (request.path == "/nothing") co_return;
    co_await response.start(200, {});
    co_await response.write("part");
    if (request.path == "/throw-late") throw 7;
  });
  for (const char* path : {"/throw", "/nothing"}) {
    const std::string answer = ask(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
    EXPECT_EQ(answer.find("secret"), std::string::npos);
  }
  for (const char* path : {"/throw-late", "/unfinished"}) {
    const std::string answer = ask(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("4\r\npart\r\n")) << answer;  // no last chunk: visibly cut
  }
}

TEST_F(ServerTest, AnUnreadSmallBodyKeepsTheConnectionALargeOneDoesNot) {
  ServerOptions options;
  options.limits.discard_bytes_max = 1000;
  options.limits.linger_time = Duration::millis(20);
  serve(
      [](Request& request, Response& response) -> awaitable<void> {
        co_await response.send(200, {}, request.path);
      },
      options);
  const auto post = [](std::size_t n) {
    return "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(n) + "\r\n\r\n" +
           std::string(n, 'x');
  };
  EXPECT_TRUE(ask(post(500) + last_request("GET /2")).ends_with("/2"));
  EXPECT_TRUE(ask(post(5'000'000) + last_request("GET /2")).ends_with("/1"));
}

TEST_F(ServerTest, ASlowReaderHoldsTheHandlerBack) {
  std::size_t written = 0;
  serve([&](Request&, Response& response) -> awaitable<void> {
    co_await response.start(200, {});
    const std::string chunk(100'000, 'x');
    for (int i = 0; i < 500; ++i) {
      if (!co_await response.write(chunk)) co_return;
      written += chunk.size();
    }
    co_await response.finish();
  });
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, last_request("GET /"));
    std::size_t before = 1;
    while (before != written) {  // until the kernel takes no more
      before = written;
      co_await test::spin(200);
    }
    EXPECT_GT(written, 0u);
    EXPECT_LT(written, 20'000'000u);
    EXPECT_GT((co_await read_to_end(*stream)).size(), 50'000'000u);
    EXPECT_EQ(written, 50'000'000u);
  });
}

TEST_F(ServerTest, AReaderThatTakesNothingIsCut) {
  ServerOptions options;
  options.limits.write_stall = Duration::millis(50);
  Result<void> last;
  serve(
      [&](Request&, Response& response) -> awaitable<void> {
        co_await response.start(200, {});
        const std::string chunk(1'000'000, 'x');
        while (last) last = co_await response.write(chunk);
      },
      options);
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, last_request("GET /"));
    while (last) co_await test::spin(1);
  });
  EXPECT_EQ(last.error().code, ErrorCode::timeout);
}

TEST_F(ServerTest, AVanishedClientIsNoticedWhileTheHandlerWaits) {
  bool noticed = false;
  serve([&](Request& request, Response&) -> awaitable<void> {
    co_await request.wait_peer_closed();
    noticed = true;
  });
  run(io, [&]() -> awaitable<void> {
    auto stream = test::connect_loopback(io, server->port());
    co_await must_write(*stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (server->requests_served() == 0) co_await test::spin(1);
    co_await must_write(*stream, "GET /pipelined HTTP/1.1\r\n");  // still there
    co_await test::spin(20);
    EXPECT_FALSE(noticed);
    stream->close();
    while (!noticed) co_await test::spin(1);
  });
}

TEST_F(ServerTest, DrainLetsRequestsFinishAndCutsTheRest) {
  asio::steady_timer gate(io, asio::steady_timer::time_point::max());
  serve([&](Request& request, Response& response) -> awaitable<void> {
    if (request.path == "/wait") co_await wait_for(gate);
    if (request.path == "/forever") co_await request.wait_peer_closed();
    co_await response.send(200, {}, request.path);
  });
  const auto draining = [&](const char* path, Duration time_max) {
    std::size_t cut = 99;
    std::string answer;
    run(io, [&]() -> awaitable<void> {
      auto idle = test::connect_loopback(io, server->port());
      auto busy = test::connect_loopback(io, server->port());
      co_await must_write(*busy, std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
      while (server->connections() < 2 || server->requests_served() == 0) co_await test::spin(1);
      background(io, [&]() -> awaitable<void> { cut = co_await server->drain(time_max); });
      EXPECT_EQ(co_await read_to_end(*idle), "");
      gate.cancel();
      answer = co_await read_to_end(*busy);
      while (cut == 99) co_await test::spin(1);
    });
    return std::pair(cut, answer);
  };
  EXPECT_EQ(
      draining("/wait", Duration::seconds(30)),
      std::pair(
          std::size_t{0},
          std::string("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n/wait")));
  serve(
      [](Request& request, Response&) -> awaitable<void> { co_await request.wait_peer_closed(); });
  EXPECT_EQ(draining("/forever", Duration::millis(20)), std::pair(std::size_t{1}, std::string()));
}

TEST_F(ServerTest, AUnixSocketIsPrivateAndReplacesOnlyADeadOne) {
  const std::string path = testing::TempDir() + "rf-http-" + std::to_string(::getpid()) + ".sock";
  ::unlink(path.c_str());
  serve(echo);
  ASSERT_TRUE(server->listen_unix(path).has_value());
  struct stat file{};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);

  Server second(io.get_executor(), echo);
  const auto refused = second.listen_unix(path);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);

  server->stop();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  EXPECT_TRUE(second.listen_unix(path).has_value());
  EXPECT_EQ(second.listen_unix(path + std::string(200, 'x')).error().code, ErrorCode::invalid);
}

TEST_F(ServerTest, AnAddressInUseIsAConflict) {
  serve(echo);
  Server second(io.get_executor(), echo);
  EXPECT_EQ(second.listen_tcp("127.0.0.1", server->port()).error().code, ErrorCode::conflict);
  EXPECT_EQ(second.listen_tcp("no such host", 0).error().code, ErrorCode::invalid);
}

TEST_F(ServerTest, WithoutDescriptorsItWaitsAndThenAccepts) {
  serve(echo);
  auto stream = test::connect_loopback(io, server->port());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::size_t handlers_run = io.run_for(std::chrono::milliseconds(50));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_LT(handlers_run, 20u);  // it did not spin
  run(io, [&]() -> awaitable<void> {
    co_await must_write(*stream, last_request("GET /"));
    EXPECT_TRUE((co_await read_to_end(*stream)).starts_with("HTTP/1.1 200 "));
  });
}

}  // namespace
}  // namespace ringfence::http
