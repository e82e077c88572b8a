// SPDX-License-Identifier: Apache-2.0
// Beside: a coroutine that runs next to its owner and can be stopped.
//
// Contract: one io_context, one thread. The owner calls `join` before anything that the body refers
// to goes; `cancel` makes the operation it waits in fail soon. An exception that leaves the body is
// kept and shows in `failed`. Destroying it cancels, without waiting.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace ringfence::llm {

class Beside {
 public:
  Beside(const boost::asio::any_io_executor& executor,
         std::function<boost::asio::awaitable<void>()> body);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  void cancel();
  boost::asio::awaitable<void> join();
  bool failed() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Calls `then` once unless it is destroyed before; on the executor's thread.
class Alarm {
 public:
  Alarm(const boost::asio::any_io_executor& executor, std::int64_t after_us,
        std::function<void()> then);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ringfence::llm
