// SPDX-License-Identifier: Apache-2.0
#include "http/wait.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ensure.h"

namespace ringfence::http {

namespace asio = boost::asio;

asio::awaitable<boost::system::error_code> wait_for(asio::posix::stream_descriptor& descriptor,
                                                    asio::posix::descriptor_base::wait_type what) {
  const auto [ec] = co_await descriptor.async_wait(what, asio::as_tuple(asio::use_awaitable));
  co_return ec;
}

asio::awaitable<boost::system::error_code> wait_for(asio::steady_timer& timer) {
  const auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return ec;
}

asio::awaitable<void> yield_turn() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

namespace {

void must_not_fail(const std::exception_ptr& failure) {
  RF_ENSURE(!failure, "an exception left a coroutine that nobody waits for");
}

}  // namespace

void start(const asio::any_io_executor& executor,
           std::function<asio::awaitable<void>()> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), must_not_fail);
}

void start(const asio::any_io_executor& executor, asio::awaitable<void> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), must_not_fail);
}

}  // namespace ringfence::http
