// SPDX-License-Identifier: Apache-2.0
// ThreadedWebhooks: the thread behind Webhooks, turn by turn.
//
// Contract: internal to the room. A turn takes new endpoints, reads what the record has new,
// commits what came of it and of the deliveries since the last turn, and starts those that are due.
// Nothing in a turn waits but for the disk; deliveries are coroutines of the same thread.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "webhook/feed.h"
#include "webhook/lane.h"
#include "webhook/sender.h"
#include "webhook/webhooks.h"

namespace ringfence::webhook {

class ThreadedWebhooks final : public Webhooks {
 public:
  ThreadedWebhooks(WebhooksOptions options, Feed feed)
      : service_(*options.service),
        installation_(std::move(options.installation)),
        metrics_(options.metrics ? options.metrics : std::make_shared<Metrics>()),
        feed_(std::move(feed)) {}
  ~ThreadedWebhooks() override;

  void start(Endpoints endpoints, std::uint64_t since);
  void set_endpoints(Endpoints endpoints, std::uint64_t since) override;
  std::vector<WebhookStatus> status() const override;

 private:
  using LanePtr = std::shared_ptr<Lane>;
  struct Wanted {
    Endpoints endpoints;
    std::uint64_t since = 0;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };

  boost::asio::awaitable<void> work();
  static boost::asio::awaitable<void> wait(boost::asio::steady_timer& timer, Duration at_most);
  Result<void> turn();
  Result<void> open_store();
  Result<void> take_endpoints();
  Result<void> read_record();
  void place(const Tellable& event);
  Result<void> commit();
  void put_row(const Lane& lane);
  Result<void> dispatch();
  Result<void> refill(Lane& lane, Time now);
  boost::asio::awaitable<void> slot(LanePtr lane);
  boost::asio::awaitable<void> deliver(LanePtr lane, PendingRow row);
  void settle(Lane& lane, PendingRow row, const Attempt& attempt);
  static void note(Lane& lane, bool well, const std::string& outcome);
  LanePtr new_lane(std::shared_ptr<const Endpoint> endpoint);
  void let_go(Lane& lane);
  Result<void> show();
  void complain(const Error& error);
  void listen(bool wanted);
  void wake();
  void end();

  Service& service_;
  const std::string installation_;
  const std::shared_ptr<Metrics> metrics_;
  Feed feed_;

  mutable std::mutex mutex_;  // of the next two
  std::optional<Wanted> wanted_;
  std::vector<WebhookStatus> shown_;

  std::atomic<bool> wake_posted_ = false;
  std::optional<Service::SubscriptionId> subscription_;

  // The thread's own.
  std::unique_ptr<Store> store_;
  std::vector<LanePtr> lanes_;
  StoreChange change_;  // to be committed
  bool woken_ = false;
  bool ending_ = false;
  bool complained_ = false;
  Duration look_in_;  // when the next delivery is due
  std::shared_ptr<http::Client> client_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer alarm_{io_};
  boost::asio::steady_timer spacing_{io_};
  boost::asio::steady_timer last_moment_{io_};
  std::thread thread_;
};

}  // namespace ringfence::webhook
