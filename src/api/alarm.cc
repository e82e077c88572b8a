// SPDX-License-Identifier: Apache-2.0
#include "api/alarm.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace ringfence::api {

namespace asio = boost::asio;

asio::awaitable<void> Alarm::wait() {
  timer_.expires_at(asio::steady_timer::time_point::max());
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<bool> Alarm::wait_for(Duration time_max) {
  timer_.expires_after(std::chrono::microseconds(time_max.us));
  const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return error == asio::error::operation_aborted;
}

asio::awaitable<void> yield_turn() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

}  // namespace ringfence::api
