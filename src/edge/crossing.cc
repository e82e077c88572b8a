// SPDX-License-Identifier: Apache-2.0
#include "edge/crossing.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace ringfence {

namespace asio = boost::asio;

asio::execution_context::id Crossing::id;

Crossing& Crossing::of(const asio::any_io_executor& executor) {
  return asio::use_service<Crossing>(asio::query(executor, asio::execution::context));
}

Crossing::Crossing(asio::execution_context& context) : asio::execution_context::service(context) {}

void Crossing::shutdown() noexcept {
  std::vector<std::shared_ptr<Job>> jobs;
  std::vector<Submission> waiting;
  {
    const std::lock_guard hold(mutex_);
    closed_ = true;
    jobs.swap(jobs_);
    waiting.swap(waiting_);
  }
  // They go now, while what their coroutines hold can still be taken down; and outside the lock,
  // since whoever goes unanswered is resumed.
}

void Crossing::resume(std::shared_ptr<Job> job) {
  const asio::any_io_executor executor = job->executor;
  bool first = false;
  {
    const std::lock_guard hold(mutex_);
    if (closed_) return;
    first = jobs_.empty();
    jobs_.push_back(std::move(job));
  }
  if (first) asio::post(executor, [this] { run_jobs(); });
}

void Crossing::run(const asio::any_io_executor& executor, std::function<void()> what) {
  struct Call final : Job {
    void run() override { what(); }
    std::function<void()> what;
  };
  auto call = std::make_shared<Call>();
  call->executor = executor;
  call->what = std::move(what);
  of(executor).resume(std::move(call));
}

void Crossing::run_jobs() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::lock_guard hold(mutex_);
    jobs.swap(jobs_);
  }
  for (std::shared_ptr<Job>& job : jobs) std::exchange(job, nullptr)->run();
}

void Crossing::submit(const asio::any_io_executor& executor, Service& to, Submission one) {
  std::size_t together = 0;
  {
    const std::lock_guard hold(mutex_);
    if (service_ == &to || waiting_.empty()) {
      service_ = &to;
      waiting_.push_back(std::move(one));
      together = waiting_.size();
    }
  }
  if (together == 0) return to.submit(one.ticket, std::move(one.command), std::move(one.handler));
  if (together == 1) asio::post(executor, [this] { hand_on(); });
  if (together == kTogetherMax) hand_on();
}

void Crossing::hand_on() {
  std::vector<Submission> together;
  Service* to = nullptr;
  {
    const std::lock_guard hold(mutex_);
    together.swap(waiting_);
    to = service_;
  }
  if (!together.empty()) to->submit_all(std::move(together));
}

}  // namespace ringfence
