// SPDX-License-Identifier: Apache-2.0
#include "api/peer_watch.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "api/alarm.h"
#include "http/server.h"

namespace ringfence::api {
namespace {

namespace asio = boost::asio;

class Watch final : public PeerWatch, public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, std::function<void()> on_closed)
      : on_closed_(std::move(on_closed)), ended_(executor) {}

  void run(const asio::any_io_executor& executor, http::Response& response) {
    auto self = shared_from_this();
    asio::co_spawn(
        executor,
        [self, &response]() -> asio::awaitable<void> {
          co_await response.wait_peer_closed();
          if (!self->stopped_) self->on_closed_();
        },
        asio::bind_cancellation_slot(cancel_.slot(), [self](const std::exception_ptr&) {
          self->over_ = true;
          self->ended_.ring();
        }));
  }

  asio::awaitable<void> stop() override {
    stopped_ = true;
    cancel_.emit(asio::cancellation_type::terminal);
    while (!over_) co_await ended_.wait();
  }

 private:
  std::function<void()> on_closed_;
  asio::cancellation_signal cancel_;
  Alarm ended_;
  bool stopped_ = false;
  bool over_ = false;
};

}  // namespace

std::shared_ptr<PeerWatch> start_peer_watch(const asio::any_io_executor& executor,
                                            http::Response& response,
                                            std::function<void()> on_closed) {
  auto watch = std::make_shared<Watch>(executor, std::move(on_closed));
  watch->run(executor, response);
  return watch;
}

}  // namespace ringfence::api
