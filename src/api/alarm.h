// SPDX-License-Identifier: Apache-2.0
// Alarm: something a coroutine waits for and another one rings.
//
// Contract: one executor, one thread. A ring wakes who waits now; it is not remembered, so the
// waiter looks at its condition between waits.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/time.h"

namespace ringfence::api {

class Alarm {
 public:
  explicit Alarm(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  boost::asio::awaitable<void> wait();
  // False when the time passed without a ring.
  boost::asio::awaitable<bool> wait_for(Duration time_max);
  void ring() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

// Lets everything else that is ready run first.
boost::asio::awaitable<void> yield_turn();

}  // namespace ringfence::api
