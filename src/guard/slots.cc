// SPDX-License-Identifier: Apache-2.0
#include "guard/slots.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace ringfence::guard {

namespace asio = boost::asio;

struct Slots::Waiter {
  explicit Waiter(const asio::any_io_executor& executor, Duration patience)
      : timer(executor, std::chrono::microseconds(patience.us)) {}
  asio::steady_timer timer;
  bool given = false;
};

asio::awaitable<Slots::Slot> Slots::enter(Duration patience) {
  const auto self = shared_from_this();
  if (taken_ < most_) {
    ++taken_;
    co_return Slot(self);
  }
  if (queue_.size() >= queue_max_) co_return Slot(nullptr);
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, patience);
  queue_.push_back(waiter);
  co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiter->given) co_return Slot(self);
  std::erase(queue_, waiter);
  co_return Slot(nullptr);
}

// The slot goes to who waits longest.
void Slots::leave() {
  if (queue_.empty()) {
    --taken_;
    return;
  }
  const std::shared_ptr<Waiter> next = std::move(queue_.front());
  queue_.pop_front();
  next->given = true;
  next->timer.cancel();
}

}  // namespace ringfence::guard
