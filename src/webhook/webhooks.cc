// SPDX-License-Identifier: Apache-2.0
#include "webhook/webhooks.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/log.h"
#include "webhook/threaded_webhooks.h"

namespace ringfence::webhook {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr Duration kLookAgain = Duration::minutes(1);   // at the latest, should a clock be set
constexpr Duration kStorePause = Duration::seconds(5);  // after the store or the journal failed
constexpr Duration kEndTime = Duration::seconds(1);     // for what is cut at the end

constexpr MetricName kDeliveries{
    "ringfence_webhook_deliveries_total",
    "Attempts to deliver an event to a webhook, and what was dropped."};
constexpr MetricName kPending{"ringfence_webhook_pending",
                              "Events that wait to be delivered to a webhook."};

std::chrono::microseconds chrono_of(Duration duration) {
  return std::chrono::microseconds(duration.us);
}

}  // namespace

ThreadedWebhooks::~ThreadedWebhooks() {
  asio::post(io_, [this] { end(); });
  if (thread_.joinable()) thread_.join();
  listen(false);
}

// ---- from other threads

void ThreadedWebhooks::start(Endpoints endpoints, std::uint64_t since) {
  wanted_ = Wanted{std::move(endpoints), since};
  asio::co_spawn(io_, work(), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

void ThreadedWebhooks::set_endpoints(Endpoints endpoints, std::uint64_t since) {
  {
    const std::lock_guard hold(mutex_);
    wanted_ = Wanted{std::move(endpoints), since};
  }
  asio::post(io_, [this] { wake(); });
}

std::vector<WebhookStatus> ThreadedWebhooks::status() const {
  const std::lock_guard hold(mutex_);
  return shown_;
}

// ---- the turn of the thread

void ThreadedWebhooks::wake() {
  woken_ = true;
  alarm_.cancel();
}

void ThreadedWebhooks::listen(bool wanted) {
  if (wanted == subscription_.has_value()) return;
  if (!wanted) {
    service_.unsubscribe(*subscription_);
    subscription_.reset();
    return;
  }
  subscription_ = service_.on_event([this](const StoredEvent&) {  // the journal's thread
    if (wake_posted_.exchange(true)) return;
    asio::post(io_, [this] { wake(); });
  });
}

void ThreadedWebhooks::end() {
  ending_ = true;
  wake();
  spacing_.cancel();
  for (const LanePtr& lane : lanes_) let_go(*lane);
  last_moment_.expires_after(chrono_of(kEndTime));
  last_moment_.async_wait([this](const boost::system::error_code& error) {
    if (!error) io_.stop();  // a look-up of a name is not to be cut
  });
}

awaitable<void> ThreadedWebhooks::wait(asio::steady_timer& timer, Duration at_most) {
  timer.expires_after(chrono_of(at_most));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<void> ThreadedWebhooks::work() {
  client_ = std::make_shared<http::Client>();
  while (!ending_) {
    woken_ = false;
    look_in_ = kLookAgain;
    const auto done = turn();
    if (!done) complain(done.error());
    complained_ = !done;
    if (!ending_) co_await wait(spacing_, done ? kCommitSpacing : kStorePause);
    if (done && !woken_ && !ending_) co_await wait(alarm_, look_in_);
  }
  if (store_) (void)commit();
  client_.reset();
  bool sending = true;
  while (sending) {
    sending = std::ranges::any_of(lanes_, [](const LanePtr& lane) { return lane->slots > 0; });
    if (sending) co_await wait(alarm_, kEndTime);
  }
  last_moment_.cancel();
}

Result<void> ThreadedWebhooks::turn() {
  wake_posted_.store(false);  // what comes from now on wakes again
  if (auto taken = take_endpoints(); !taken) return taken;
  if (lanes_.empty()) return show();
  if (auto done = commit(); !done) return done;  // first: what waits in memory is bounded
  if (auto read = read_record(); !read) return read;
  if (auto done = commit(); !done) return done;
  if (auto sent = dispatch(); !sent) return sent;
  return show();
}

void ThreadedWebhooks::complain(const Error& error) {
  if (!complained_) log_error("webhooks: " + error.text() + "; deliveries wait");
  if (error.code == ErrorCode::unverifiable) store_.reset();  // opened, or set aside, anew
}

// ---- endpoints

ThreadedWebhooks::LanePtr ThreadedWebhooks::new_lane(std::shared_ptr<const Endpoint> endpoint) {
  auto lane = std::make_shared<Lane>();
  lane->endpoint = std::move(endpoint);
  const auto counter = [&](const char* outcome) {
    return &metrics_->counter(kDeliveries, {{"endpoint", lane->name()}, {"outcome", outcome}});
  };
  lane->delivered = counter("delivered");
  lane->failed = counter("failed");
  lane->given_up = counter("given_up");
  lane->dropped_count = counter("dropped");
  lane->waiting = &metrics_->gauge(kPending, {{"endpoint", lane->name()}});
  return lane;
}

void ThreadedWebhooks::let_go(Lane& lane) {
  lane.gone = true;
  lane.due.clear();
  for (const auto& [seq, cut_switch] : lane.sending) cut_switch->cut();
}

Result<void> ThreadedWebhooks::open_store() {
  auto opened = Store::open(service_.data_dir());
  if (!opened) return std::unexpected(opened.error());
  store_ = std::move(opened->store);
  if (opened->set_aside.empty()) return {};
  log_error("webhooks: the database was damaged and is now " + opened->set_aside +
            "; what waited in it is not delivered");
  // Begun anew: every endpoint goes on from where it was read, as far as that is known.
  change_ = {};
  for (const LanePtr& lane : lanes_) {
    lane->due.clear();
    put_row(*lane);
  }
  return {};
}

void ThreadedWebhooks::put_row(const Lane& lane) {
  std::erase_if(change_.endpoints, [&](const EndpointRow& row) { return row.name == lane.name(); });
  change_.endpoints.push_back(lane.row());
}

// Those that were there keep what waits for them; others begin with what comes next.
Result<void> ThreadedWebhooks::take_endpoints() {
  std::optional<Wanted> wanted;
  {
    const std::lock_guard hold(mutex_);
    wanted = wanted_;
  }
  const bool needed = wanted && (!wanted->endpoints.empty() || Store::exists(service_.data_dir()));
  if (!store_ && (!lanes_.empty() || needed)) {
    if (auto opened = open_store(); !opened) return opened;
  }
  if (!wanted || !store_) return {};
  auto rows = store_->endpoints();
  if (!rows) return std::unexpected(rows.error());
  // What was read belongs to the endpoints as they were until now.
  if (!lanes_.empty()) {
    if (auto read = read_record(); !read) return read;
    if (auto done = commit(); !done) return done;
    rows = store_->endpoints();
    if (!rows) return std::unexpected(rows.error());
  }
  StoreChange change;
  std::vector<LanePtr> lanes;
  for (const auto& endpoint : wanted->endpoints) {
    LanePtr lane = new_lane(endpoint);
    const auto row = std::ranges::find(*rows, lane->name(), &EndpointRow::name);
    const bool same = row != rows->end() && row->identity == endpoint->identity;
    const auto old = std::ranges::find(lanes_, lane->name(), &Lane::name);
    lane->cursor = wanted->since;
    if (row != rows->end() && (same || !row->disabled)) {
      lane->cursor = std::min(old == lanes_.end() ? row->cursor : (*old)->cursor, wanted->since);
    }
    lane->disabled = same && row->disabled;
    lane->stored_cursor = lane->cursor;
    const bool known = old != lanes_.end() && (*old)->endpoint->identity == endpoint->identity;
    if (known) {
      (*old)->endpoint = endpoint;  // its secrets may be others
      lane = *old;
    } else if (!same) {
      change.endpoints.push_back(lane->row());
      // Another address wants what waits all the same; one that wants no more has nothing waiting.
    }
    lanes.push_back(std::move(lane));
  }
  for (const EndpointRow& row : *rows) {
    if (std::ranges::find(lanes, row.name, &Lane::name) == lanes.end()) {
      change.removed.push_back(row.name);
    }
  }
  if (auto stored = store_->commit(change); !stored) return std::unexpected(stored.error());
  for (const LanePtr& lane : lanes_) {
    if (std::ranges::find(lanes, lane) != lanes.end()) continue;
    let_go(*lane);
    lane->waiting->set(0);
  }
  lanes_ = std::move(lanes);
  listen(!lanes_.empty());
  const std::lock_guard hold(mutex_);
  if (wanted_ == wanted) wanted_.reset();
  return {};
}

Result<void> ThreadedWebhooks::show() {
  std::vector<WebhookStatus> all;
  for (const LanePtr& lane : lanes_) {
    const auto pending = store_->pending(lane->name());
    if (!pending) return std::unexpected(pending.error());
    lane->waiting->set(static_cast<std::int64_t>(*pending));
    const std::string& url = lane->endpoint->rule.url;
    all.push_back({lane->name(), url.substr(0, url.find('?')), *pending, lane->dropped,
                   lane->disabled, lane->endpoint->secrets.empty(), lane->last_outcome,
                   lane->last_at});
  }
  const std::lock_guard hold(mutex_);
  shown_ = std::move(all);
  return {};
}

Result<std::unique_ptr<Webhooks>> Webhooks::open(WebhooksOptions options, Endpoints endpoints,
                                                 std::uint64_t since) {
  auto feed = Feed::open(options.service->data_dir());
  if (!feed) return std::unexpected(feed.error());
  auto webhooks = std::make_unique<ThreadedWebhooks>(std::move(options), *std::move(feed));
  webhooks->start(std::move(endpoints), since);
  return webhooks;
}

}  // namespace ringfence::webhook
