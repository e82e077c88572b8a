// SPDX-License-Identifier: Apache-2.0
// The only Asio operations this room waits on: a descriptor's readiness, a timer, a turn.
//
// Contract: each returns the error instead of throwing, `operation_aborted` when cancelled or
// closed. Internal to the room: kept apart so that Asio's operations are instantiated in wait.cc
// alone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <functional>

namespace ringfence::http {

boost::asio::awaitable<boost::system::error_code> wait_for(
    boost::asio::posix::stream_descriptor& descriptor,
    boost::asio::posix::descriptor_base::wait_type what);
boost::asio::awaitable<boost::system::error_code> wait_for(boost::asio::steady_timer& timer);
// Lets everything else that is ready run first.
boost::asio::awaitable<void> yield_turn();
// Starts a coroutine of its own. An exception that leaves it ends the process: it has no caller.
void start(const boost::asio::any_io_executor& executor,
           std::function<boost::asio::awaitable<void>()> coroutine);
void start(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> coroutine);

}  // namespace ringfence::http
