// SPDX-License-Identifier: Apache-2.0
// Crossing: what goes from the coroutines of one io_context to the service's threads, and back,
// gathered so that those who come together wake the other side once.
//
// Contract: one for each io_context, found by its executor. `submit` keeps the order of its calls
// and hands on at the end of the present turn of the loop, at once when kTogetherMax wait. A
// command that another one, submitted directly, may refer to (as CancelHold does) is not for it.
// `resume` and `run` may be called on any thread; the jobs then run on the context's, in order. So
// what the service tells, replies and notices, comes in the order in which it told it: all of it
// must come this way.
//
// Limitations: the context is run by one thread, and executors of it are not strands.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "service/service.h"

namespace ringfence {

class Crossing final : public boost::asio::execution_context::service {
 public:
  using key_type = Crossing;
  static boost::asio::execution_context::id id;
  static constexpr std::size_t kTogetherMax = 16;

  static Crossing& of(const boost::asio::any_io_executor& executor);
  explicit Crossing(boost::asio::execution_context& context);

  struct Job {
    virtual ~Job() = default;
    virtual void run() = 0;
    boost::asio::any_io_executor executor;
  };
  void resume(std::shared_ptr<Job> job);
  static void run(const boost::asio::any_io_executor& executor, std::function<void()> what);

  void submit(const boost::asio::any_io_executor& executor, Service& to, Submission one);

 private:
  void shutdown() noexcept override;
  void run_jobs();
  void hand_on();

  std::mutex mutex_;  // of what follows
  std::vector<std::shared_ptr<Job>> jobs_;
  std::vector<Submission> waiting_;  // for one service
  Service* service_ = nullptr;
  bool closed_ = false;
};

}  // namespace ringfence
