// SPDX-License-Identifier: Apache-2.0
// top: a live view of the whole installation. Here are its effects: questions, keys, signals, time.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/path.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/top_json.h"
#include "cli/top_look.h"
#include "cli/top_order.h"
#include "cli/top_render.h"
#include "cli/top_terminal.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;
using http::awaitable;
using namespace top;

constexpr auto kTick = std::chrono::seconds(1);      // ages go on
constexpr Duration kSilence = Duration::seconds(5);  // of a daemon, before it is told
constexpr std::int64_t kRestPerLook = 4;             // times as long as a look took

std::chrono::microseconds in_chrono(Duration duration) {
  return std::chrono::microseconds(duration.us);
}

// The keyboard once more, as an open file of our own: Asio makes what it waits for non-blocking,
// and stdin is one open file with the shell's, and with stdout.
Result<int> open_keyboard() {
  for (const char* name : {"/proc/self/fd/0", "/dev/tty"}) {
    const int input = ::open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (input >= 0) return input;
  }
  return fail(ErrorCode::unavailable, "the terminal cannot be opened once more");
}

class TopScreen {
 public:
  // `input` tells when a key is pressed; it is ours from here on.
  TopScreen(ApiClient& client, const TopOptions& options, Terminal& terminal, int input,
            Charset charset)
      : client_(client),
        options_(options),
        terminal_(terminal),
        charset_(charset),
        input_(client.io(), input),
        signals_(client.io(), SIGTERM, SIGINT, SIGHUP),
        tick_(client.io()),
        rest_(client.io()) {
    signals_.add(SIGWINCH);
    signals_.add(SIGCONT);
  }

  void run(Snapshot first, History history) {
    history_ = std::move(history);
    take(std::move(first));
    asio::io_context& io = client_.io();
    asio::co_spawn(io, watch_signals(), asio::detached);
    asio::co_spawn(io, watch_keys(), asio::detached);
    asio::co_spawn(io, watch_daemon(), asio::detached);
    asio::co_spawn(io, watch_time(), asio::detached);
    draw();
    io.restart();
    io.run();
  }

 private:
  awaitable<void> watch_signals();
  awaitable<void> watch_keys();
  awaitable<void> watch_daemon();
  awaitable<void> watch_time();
  awaitable<void> carry_out(Order order);
  void take(Snapshot snapshot);
  std::string trouble() const;
  void draw();

  ApiClient& client_;
  const TopOptions& options_;
  Terminal& terminal_;
  Charset charset_;
  asio::posix::stream_descriptor input_;
  asio::signal_set signals_;
  asio::steady_timer tick_, rest_;
  Snapshot snapshot_;
  Duration taken_;  // when, by the monotonic clock
  History history_;
  View view_;
  std::string failure_;  // of the last look; empty: it went well
};

void TopScreen::take(Snapshot snapshot) {
  snapshot_ = std::move(snapshot);
  taken_ = SystemClock::read().monotonic;
  failure_.clear();
  view_.follow(snapshot_, history_);
}

std::string TopScreen::trouble() const {
  const Duration age{SystemClock::read().monotonic.us - taken_.us};
  if (failure_.empty() && age < kSilence + Duration::seconds(options_.interval_seconds)) return {};
  return fmt::format(" STALE, {} old, trying again: {}", short_duration(age),
                     failure_.empty() ? "the daemon does not answer" : failure_);
}

void TopScreen::draw() {
  const Duration age{SystemClock::read().monotonic.us - taken_.us};
  terminal_.show(render({snapshot_, history_, view_, snapshot_.time + age, trouble(), charset_},
                        terminal_.size()));
}

awaitable<void> TopScreen::watch_signals() {
  while (true) {
    const auto [ec, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec) co_return;
    if (number != SIGWINCH && number != SIGCONT) {
      client_.io().stop();
      co_return;
    }
    terminal_.adopt_size();
    draw();
  }
}

awaitable<void> TopScreen::watch_keys() {
  while (true) {
    const auto [ec] = co_await input_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                 asio::as_tuple(asio::use_awaitable));
    const std::vector<Key> keys = terminal_.keys();
    bool ended = ec || (keys.empty() && terminal_.hung_up());
    for (const Key& key : keys) {
      Pressed pressed = view_.press(key, snapshot_, history_);
      if (pressed.redraw) terminal_.forget_screen();
      if (pressed.order) {
        asio::co_spawn(client_.io(), carry_out(std::move(*pressed.order)), asio::detached);
      }
      ended = ended || pressed.quit;
    }
    if (ended) {
      client_.io().stop();
      co_return;
    }
    draw();
  }
}

awaitable<void> TopScreen::carry_out(Order order) {
  ApiCall call = call_of(order);
  std::optional<Json> body = std::move(call.body);
  const auto answer = co_await client_.ask("POST", std::move(call.target), std::move(body));
  if (answer) {
    const View::Message message = message_of(order, answer->status, answer->json);
    view_.say(message.text, message.bad);
  } else {
    view_.say("not known to be done: " + sentence_of(answer.error()), true);
  }
  rest_.cancel();  // and see what came of it
  draw();
}

awaitable<void> TopScreen::watch_daemon() {
  while (true) {
    const Duration before = SystemClock::read().monotonic;
    auto seen = co_await look(client_, options_.account, history_);
    if (seen) {
      take(std::move(*seen));
    } else {
      failure_ = sentence_of(seen.error());
    }
    draw();
    const Duration took{SystemClock::read().monotonic.us - before.us};
    const Duration rest = std::max(Duration::seconds(options_.interval_seconds),
                                   seen ? took * kRestPerLook : Duration{});
    rest_.expires_after(in_chrono(rest));
    co_await rest_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<void> TopScreen::watch_time() {
  while (true) {
    tick_.expires_after(kTick);
    co_await tick_.async_wait(asio::as_tuple(asio::use_awaitable));
    draw();
  }
}

// So many looks, an interval apart.
awaitable<Result<Snapshot>> looks(ApiClient& client, const TopOptions& options, int count,
                                  History& history) {
  asio::steady_timer timer(client.io());
  auto seen = co_await look(client, options.account, history);
  while (seen && --count > 0) {
    timer.expires_after(std::chrono::seconds(options.interval_seconds));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    seen = co_await look(client, options.account, history);
  }
  co_return seen;
}

Result<Snapshot> wait_for_looks(ApiClient& client, const TopOptions& options, int count,
                                History& history) {
  Result<Snapshot> seen = fail(ErrorCode::internal, "the looks did not finish");
  bool done = false;
  asio::co_spawn(
      client.io(),
      [&]() -> awaitable<void> {
        seen = co_await looks(client, options, count, history);
        done = true;
      },
      asio::detached);
  // The client's kept connections wait on it without end.
  client.io().restart();
  while (!done && client.io().run_one() > 0) continue;
  return seen;
}

int print_once(const TopOptions& options, const Snapshot& snapshot, const History& history) {
  if (options.json) {
    fmt::print("{}\n", model_json(snapshot, history).text());
    return kExitDone;
  }
  View view;
  view.follow(snapshot, history);
  const FrameSize size{options.rows, options.columns};
  fmt::print(
      "{}", render({snapshot, history, view, snapshot.time, "", charset_of_locale()}, size).text());
  return kExitDone;
}

}  // namespace

int top_command(const TopOptions& options) {
  if (const auto checked = check_account_path(options.account); !checked) {
    return print_error(checked.error());
  }
  const bool live = !options.once && !options.json;
  const Charset charset = charset_of_locale();
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  History history;
  auto seen = wait_for_looks(*client, options, live ? 1 : 2, history);
  if (!seen) return print_error(seen.error());
  if (!live) return print_once(options, *seen, history);
  auto terminal = Terminal::open(charset);
  if (!terminal) return print_error(terminal.error());
  const auto input = open_keyboard();
  if (!input) {
    terminal->reset();  // first: the sentence goes to the screen that the person had
    return print_error(input.error());
  }
  TopScreen(*client, options, **terminal, *input, charset)
      .run(std::move(*seen), std::move(history));
  return kExitDone;
}

}  // namespace ringfence
