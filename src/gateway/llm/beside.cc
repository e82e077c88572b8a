// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/beside.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>

namespace ringfence::llm {

namespace asio = boost::asio;

struct Beside::State {
  explicit State(const asio::any_io_executor& executor) : ended_timer(executor) {
    ended_timer.expires_at(asio::steady_timer::time_point::max());
  }
  asio::cancellation_signal stop;
  asio::steady_timer ended_timer;  // cancelled when the body has ended
  std::function<asio::awaitable<void>()> body;
  bool ended = false;
  bool failed = false;
};

Beside::Beside(const asio::any_io_executor& executor, std::function<asio::awaitable<void>()> body)
    : state_(std::make_shared<State>(executor)) {
  state_->body = std::move(body);
  asio::co_spawn(
      executor, [state = state_] { return state->body(); },
      asio::bind_cancellation_slot(state_->stop.slot(),
                                   [state = state_](const std::exception_ptr& failure) {
                                     state->ended = true;
                                     state->failed = failure != nullptr;
                                     state->ended_timer.cancel();
                                   }));
}

Beside::~Beside() {
  if (!state_->ended) cancel();
}

void Beside::cancel() { state_->stop.emit(asio::cancellation_type::terminal); }

asio::awaitable<void> Beside::join() {
  const std::shared_ptr<State> state = state_;
  while (!state->ended) {
    co_await state->ended_timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

bool Beside::failed() const { return state_->failed; }

struct Alarm::State {
  explicit State(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  std::function<void()> then;
  bool off = false;
};

Alarm::Alarm(const asio::any_io_executor& executor, std::int64_t after_us,
             std::function<void()> then)
    : state_(std::make_shared<State>(executor)) {
  state_->then = std::move(then);
  state_->timer.expires_after(std::chrono::microseconds(after_us));
  state_->timer.async_wait([state = state_](const boost::system::error_code& ec) {
    if (!ec && !state->off) state->then();
  });
}

Alarm::~Alarm() {
  state_->off = true;
  state_->then = nullptr;
  state_->timer.cancel();
}

}  // namespace ringfence::llm
