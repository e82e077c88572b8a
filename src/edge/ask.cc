// SPDX-License-Identifier: Apache-2.0
#include "edge/ask.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "edge/crossing.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;

// The coroutine that waits, as its completion handler: the job that resumes it.
template <class T, class Handler>
struct Awake final : Crossing::Job {
  // The work of the executor makes the io_context outlive the wait.
  Awake(Handler waiting, const asio::any_io_executor& on) : handler(std::move(waiting)) {
    executor = asio::prefer(on, asio::execution::outstanding_work.tracked);
  }
  void run() override {
    Handler now = std::move(handler);
    now(std::move(error), std::move(value));
  }

  Handler handler;
  std::exception_ptr error;
  T value{};
};

// It is resumed exactly once: by `resume`, or with an exception when the service drops the request
// unanswered, as it does after a failed commit.
template <class T, class Handler>
class Sleeper {
 public:
  Sleeper(Handler handler, const asio::any_io_executor& executor, Crossing& crossing)
      : awake_(std::make_shared<Awake<T, Handler>>(std::move(handler), executor)),
        crossing_(crossing) {}
  ~Sleeper() {
    if (awake_ == nullptr) return;
    awake_->error =
        std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted));
    wake();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  void resume(T value) {
    awake_->value = std::move(value);
    wake();
  }

 private:
  void wake() { crossing_.resume(std::move(awake_)); }

  std::shared_ptr<Awake<T, Handler>> awake_;
  Crossing& crossing_;
};

// Suspends the caller, gives `start` the function that resumes it with a T, and returns that T.
// The function may be copied and called on any thread, once.
template <class T>
asio::awaitable<T> sleep_until_told(std::function<void(std::function<void(T)>)> start) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto initiate = [&executor, &start]<class Handler>(Handler&& handler) {
    using Own = std::decay_t<Handler>;
    auto sleeper = std::make_shared<Sleeper<T, Own>>(std::forward<Handler>(handler), executor,
                                                     Crossing::of(executor));
    start([sleeper](T value) { sleeper->resume(std::move(value)); });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(std::exception_ptr, T)>(initiate,
                                                                       asio::use_awaitable);
}

}  // namespace

asio::awaitable<Reply> ask(Service& service, Command command) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_return co_await sleep_until_told<Reply>([&](std::function<void(Reply)> resume) {
    Crossing::of(executor).submit(
        executor, service, {service.reserve_ticket(), std::move(command), std::move(resume)});
  });
}

asio::awaitable<Reply> ask(Service& service, Ticket ticket, Command command) {
  co_return co_await sleep_until_told<Reply>([&](std::function<void(Reply)> resume) {
    service.submit(ticket, std::move(command), std::move(resume));
  });
}

asio::awaitable<std::vector<Reply>> ask_batch(Service& service, std::vector<Command> commands) {
  co_return co_await sleep_until_told<std::vector<Reply>>(
      [&](std::function<void(std::vector<Reply>)> resume) {
        service.submit_batch(std::move(commands), std::move(resume));
      });
}

asio::awaitable<std::expected<PolicyOutcome, PolicyProblem>> ask_policy(PolicyChanger& changer,
                                                                        PolicyChange change) {
  using Outcome = std::expected<PolicyOutcome, PolicyProblem>;
  co_return co_await sleep_until_told<Outcome>([&](std::function<void(Outcome)> resume) {
    changer.change(std::move(change), std::move(resume));
  });
}

asio::awaitable<void> ask_query(Service& service, std::function<void(const Engine&, Time)> reader) {
  co_await sleep_until_told<bool>([&](std::function<void(bool)> resume) {
    service.query(
        [reader = std::move(reader), resume = std::move(resume)](const Engine& engine, Time now) {
          reader(engine, now);
          resume(true);
        });
  });
}

asio::awaitable<void> ask_durable_query(Service& service,
                                        std::function<void(const Engine&, Time)> reader) {
  co_await ask_query(service, std::move(reader));
  // A batch of nothing is answered after all that was decided before it is durable.
  co_await ask_batch(service, {});
}

}  // namespace ringfence
