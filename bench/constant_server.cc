// SPDX-License-Identifier: Apache-2.0
// The server of `ringfence serve`, with its limits and its one thread, answering a constant to any
// request after it has read the body: what HTTP alone costs. Until SIGTERM.
//
// Prints "listening on HOST:PORT" once it does. Of the flags that all programs take none means
// anything here.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>

#include "harness.h"
#include "http/server.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

// As long as the answer to a hold.
constexpr const char* kAnswer =
    R"({"hold":"1234567","decision":"allow","expires_at":"2026-11-21T12:50:47.123456Z",)"
    R"("held":{"usd":"0.001000000","calls":1},"remaining":{"usd":"9999.123456789","calls":100000},)"
    R"("alerts":[]})";

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string answer = kAnswer;
  Flags flags("Answers a constant to every request.");
  common.declare(flags);
  flags.add("--answer", answer, "the body of each answer");
  flags.parse(argc, argv);

  boost::asio::io_context io(1);
  http::Server server(
      io.get_executor(),
      [&answer](http::Request& request, http::Response& response) -> http::awaitable<void> {
        const auto body = co_await request.body();
        if (!body) co_return;
        http::Headers headers;
        headers.add("content-type", "application/json");
        co_await response.send(201, std::move(headers), answer);
      });
  if (auto done = server.listen_tcp("127.0.0.1", 0); !done) give_up(done.error().text());
  std::printf("listening on 127.0.0.1:%u\n", server.port());
  std::fflush(stdout);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  io.run();
}
