// SPDX-License-Identifier: Apache-2.0
// G4: many live streams, then one halt: how long until the last of them has ended.
//
// Opens --connections streams and waits until each has given its first event. Then posts the halt
// and times, from the moment its answer is here (the halt is durable), until each stream's client
// saw its end. A stream that ended before that counts as 0.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "harness.h"
#include "http/client.h"
#include "json_post.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;
namespace asio = boost::asio;

constexpr Duration kStall = Duration::seconds(30);
constexpr std::size_t kHaltBytesMax = 64 * 1024;

struct Wish {
  std::int64_t streams = 0;
  http::Url stream, halt;
  std::string body, halt_body, bearer, operator_bearer;
};

class Halting {
 public:
  explicit Halting(Wish wish)
      : wish_(std::move(wish)),
        client_({.message = {}, .idle_per_origin_max = 16384, .idle_max = 16384}) {}

  void run() {
    for (std::int64_t i = 0; i < wish_.streams; ++i) asio::co_spawn(io_, listen(), asio::detached);
    io_.run();
  }

  Histogram closed() const {
    Histogram histogram;
    for (std::int64_t end : ended_ns_) histogram.add(std::max<std::int64_t>(0, end - durable_ns_));
    return histogram;
  }
  std::int64_t told() const { return told_; }
  std::int64_t halt_ns() const { return durable_ns_ - asked_ns_; }

 private:
  http::awaitable<void> listen() {
    auto answer = co_await client_.request(json_post(wish_.stream, wish_.bearer, wish_.body));
    if (!answer) give_up(answer.error().error.text());
    if (answer->status() != 200) give_up(fmt::format("a stream was answered {}", answer->status()));
    bool begun = false;
    std::string tail;
    for (;;) {
      auto piece = co_await answer->read_some(kStall);
      if (!piece || piece->empty()) break;
      if (!begun) asio::co_spawn(io_, one_more_begun(), asio::detached);
      begun = true;
      tail.assign(piece->substr(piece->size() - std::min<std::size_t>(piece->size(), 1024)));
    }
    if (durable_ns_ == 0 && asked_ns_ == 0) give_up("a stream ended before the halt");
    if (tail.find("halted") != std::string::npos) ++told_;
    ended_ns_.push_back(ticks_ns());
    finish();
  }

  http::awaitable<void> one_more_begun() {
    if (++begun_ < wish_.streams) co_return;
    asked_ns_ = ticks_ns();
    auto answer =
        co_await client_.request(json_post(wish_.halt, wish_.operator_bearer, wish_.halt_body));
    if (!answer) give_up(answer.error().error.text());
    durable_ns_ = ticks_ns();
    const auto text = co_await answer->read_all(kHaltBytesMax, kStall);
    if (answer->status() != 201) {
      give_up(fmt::format("the halt was answered {}: {}", answer->status(), text.value_or("")));
    }
    finish();
  }

  void finish() {
    if (durable_ns_ != 0 && std::ssize(ended_ns_) == wish_.streams) io_.stop();
  }

  Wish wish_;
  asio::io_context io_;
  http::Client client_;
  std::vector<std::int64_t> ended_ns_;
  std::int64_t begun_ = 0, told_ = 0, asked_ns_ = 0, durable_ns_ = 0;
};

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  if (!std::getline(file, line)) give_up("nothing in " + path);
  return line;
}

http::Url url_of(const std::string& text) {
  auto url = http::Url::parse(text);
  if (!url) give_up(url.error().text());
  return *url;
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string url, body, bearers, operator_token, halt = R"({"everything":true,"reason":"bench"})";
  Flags flags("Live streams halted at once: when the last has ended (G4).");
  common.declare(flags);
  flags.add("--url", url, "the daemon, http://HOST:PORT")
      .add("--body", body, "of each streamed request, JSON")
      .add("--bearers", bearers, "file with a run's credential")
      .add("--operator-token", operator_token, "file with the operator's")
      .add("--halt", halt, "what is posted to /api/v1/halts");
  flags.parse(argc, argv);

  Halting halting({.streams = common.connections,
                   .stream = url_of(url + "/v1/chat/completions"),
                   .halt = url_of(url + "/api/v1/halts"),
                   .body = body,
                   .halt_body = halt,
                   .bearer = first_line(bearers),
                   .operator_bearer = first_line(operator_token)});
  halting.run();
  const Histogram closed = halting.closed();
  Json extra;
  extra.set("streams", common.connections)
      .set("told_halted", halting.told())
      .set("halt_us", halting.halt_ns() / 1000);
  print_result("halt_streams", closed, static_cast<double>(closed.max_ns()) / 1e9, closed.count(),
               extra);
}
