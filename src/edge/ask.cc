// SPDX-License-Identifier: Apache-2.0
#include "edge/ask.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace ringfence {
namespace {

namespace asio = boost::asio;

// The one who waits: resumed by the one `answer`, on its own executor whatever thread calls; with
// an exception when everybody who could have answered is gone without it (a service that stops, or
// that takes no more). The coroutine must never be resumed, or destroyed, where the answer is made.
template <class T, class Handler>
class Waiting {
 public:
  Waiting(const asio::any_io_executor& executor, Handler handler)
      : executor_(asio::prefer(executor, asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (handler_)
      resume(std::make_exception_ptr(boost::system::system_error(asio::error::eof)), T());
  }

  void answer(T value) { resume(nullptr, std::move(value)); }

 private:
  void resume(std::exception_ptr failure, T value) {
    auto handler = std::make_shared<Handler>(std::move(*handler_));
    handler_.reset();
    asio::post(executor_, [handler, failure, held = std::make_shared<T>(std::move(value))] {
      (*handler)(failure, std::move(*held));
    });
  }

  asio::any_io_executor executor_;
  std::optional<Handler> handler_;
};

// Calls `begin` with a function that takes the answer, and comes back with it.
template <class T>
asio::awaitable<T> answer_of(std::function<void(std::function<void(T)>)> begin) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto initiate = [&]<class Handler>(Handler handler) {
    auto waiting = std::make_shared<Waiting<T, Handler>>(executor, std::move(handler));
    begin([waiting](T value) { waiting->answer(std::move(value)); });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(std::exception_ptr, T)>(initiate,
                                                                       asio::use_awaitable);
}

}  // namespace

asio::awaitable<Reply> ask(Service& service, Command command) {
  const Ticket ticket = service.reserve_ticket();
  co_return co_await ask(service, ticket, std::move(command));
}

asio::awaitable<Reply> ask(Service& service, Ticket ticket, Command command) {
  co_return co_await answer_of<Reply>([&](std::function<void(Reply)> done) {
    service.submit(ticket, std::move(command), std::move(done));
  });
}

asio::awaitable<std::vector<Reply>> ask_batch(Service& service, std::vector<Command> commands) {
  co_return co_await answer_of<std::vector<Reply>>(
      [&](std::function<void(std::vector<Reply>)> done) {
        service.submit_batch(std::move(commands), std::move(done));
      });
}

asio::awaitable<void> ask_query(Service& service, std::function<void(const Engine&, Time)> reader) {
  co_await answer_of<bool>([&](std::function<void(bool)> done) {
    service.query([&reader, done = std::move(done)](const Engine& engine, Time now) {
      reader(engine, now);
      done(true);
    });
  });
}

}  // namespace ringfence
