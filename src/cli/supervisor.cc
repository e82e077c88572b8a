// SPDX-License-Identifier: Apache-2.0
#include "cli/supervisor.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "cli/progress.h"
#include "gateway/llm/sse_events.h"
#include "run/process_tree.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;
using http::awaitable;

constexpr auto kGrace = std::chrono::seconds(5);      // between TERM and KILL
constexpr Duration kPatience = Duration::seconds(5);  // with what a finished child left behind
constexpr auto kKillAgain = std::chrono::milliseconds(50);  // until nothing is left
constexpr int kKillRoundsMax = 200;
constexpr auto kReconnect = std::chrono::milliseconds(500);
constexpr Duration kQuiet = Duration::seconds(60);  // the stream's heartbeat is every 15 s

void change_mask(int how) {
  sigset_t passed_on;
  ::sigemptyset(&passed_on);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&passed_on, number);
  ::pthread_sigmask(how, &passed_on, nullptr);
}

class Supervisor {
 public:
  Supervisor(ApiClient& client, const SupervisedRun& run, Child& child)
      : client_(client),
        run_(run),
        child_(child),
        io_(client.io()),
        signals_(io_, SIGCHLD, SIGTERM, SIGINT),
        grace_(io_),
        last_seen_(run.events_seen) {
    signals_.add(SIGHUP);
    signals_.add(SIGCONT);
  }

  SupervisedEnd work() {
    let_signals_through();
    asio::co_spawn(io_, watch_signals(), asio::detached);
    asio::co_spawn(io_, renew(), asio::detached);
    asio::co_spawn(io_, watch_events(), asio::detached);
    io_.restart();
    io_.run();
    return end_;
  }

 private:
  awaitable<void> watch_signals();
  awaitable<void> renew();
  awaitable<void> watch_events();
  awaitable<void> read_events(http::ClientResponse& stream);
  void on_event(std::string_view line);
  awaitable<void> stop_tree();
  awaitable<void> clear_tree();
  void stop(std::string why);

  ApiClient& client_;
  const SupervisedRun& run_;
  Child& child_;
  asio::io_context& io_;
  asio::signal_set signals_;
  asio::steady_timer grace_;
  std::uint64_t last_seen_;
  Progress progress_;
  bool stopping_ = false;
  bool child_ended_ = false;
  SupervisedEnd end_;
};

awaitable<void> Supervisor::watch_signals() {
  // The child may have ended before the signal set stood.
  std::optional<ChildExit> exit = child_.reap();
  while (!exit) {
    const auto [ec, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec) continue;
    if (number == SIGCONT) {
      child_.resume();
    } else if (number != SIGCHLD) {
      // Passed on as it came; who does not obey within the grace is killed.
      child_.signal(number);
      if (!stopping_) {
        stopping_ = true;
        asio::co_spawn(io_, stop_tree(), asio::detached);
      }
    }
    exit = child_.reap();
  }
  end_.exit = *exit;
  child_ended_ = true;
  grace_.cancel();
  co_await clear_tree();
  io_.stop();
}

void Supervisor::stop(std::string why) {
  end_.stopped_by_fence = true;
  end_.why = std::move(why);
  signal_descendants(SIGTERM);
  if (stopping_) return;
  stopping_ = true;
  asio::co_spawn(io_, stop_tree(), asio::detached);
}

awaitable<void> Supervisor::stop_tree() {
  grace_.expires_after(kGrace);
  co_await grace_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!child_ended_) signal_descendants(SIGKILL);
}

// What the child left behind: asked to end, then killed until nothing is found.
awaitable<void> Supervisor::clear_tree() {
  asio::steady_timer timer(io_);
  const Duration deadline = SystemClock::read().monotonic + kPatience;
  std::size_t left = signal_descendants(SIGTERM);
  for (int round = 0; left > 0 && round < kKillRoundsMax; ++round) {
    timer.expires_after(kKillAgain);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    child_.reap();
    const bool patience = SystemClock::read().monotonic < deadline && !end_.stopped_by_fence;
    left = signal_descendants(patience ? 0 : SIGKILL);
  }
}

awaitable<void> Supervisor::renew() {
  asio::steady_timer timer(io_);
  const auto every = std::max<std::int64_t>(run_.lease.us / 3, Duration::seconds(1).us);
  for (;;) {
    timer.expires_after(std::chrono::microseconds(every));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto answer = co_await client_.ask("POST", "/api/v1/runs/" + run_.run_id + "/renew");
    if (answer && !answer->ok() && answer->status < 500) {
      stop(text_of(answer->json, "detail"));
      co_return;
    }
  }
}

void Supervisor::on_event(std::string_view line) {
  const auto event = Json::parse(line);
  if (!event) return;
  if (const Json* seq = event->find("seq"); seq != nullptr && seq->integer()) {
    last_seen_ = static_cast<std::uint64_t>(*seq->integer());
  }
  if (text_of(*event, "type") == "run_ended" && text_of(*event, "run") == run_.run_id) {
    stop(text_of(*event, "reason"));
  }
  if (run_.progress) progress_.on_event(*event);
}

awaitable<void> Supervisor::read_events(http::ClientResponse& stream) {
  llm::SseEvents events;
  for (;;) {
    const auto bytes = co_await stream.read_some(kQuiet);
    if (!bytes || bytes->empty()) co_return;
    std::string_view rest = *bytes;
    llm::SseEvents::Piece piece;
    while (events.next(rest, piece)) {
      if (piece.has_data) on_event(piece.data);
    }
  }
}

awaitable<void> Supervisor::watch_events() {
  asio::steady_timer timer(io_);
  for (;;) {
    auto stream = co_await client_.open(
        fmt::format("/api/v1/events?account={}&after={}", run_.account, last_seen_));
    if (stream && stream->status() == 200) co_await read_events(*stream);
    timer.expires_after(kReconnect);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace

void keep_signals_waiting() { change_mask(SIG_BLOCK); }
void let_signals_through() { change_mask(SIG_UNBLOCK); }

SupervisedEnd supervise(const ApiClient& client, const SupervisedRun& run, Child& child) {
  // What still waits when the child has ended is dropped with this client's io_context.
  ApiClient own = client.again();
  return Supervisor(own, run, child).work();
}

}  // namespace ringfence
