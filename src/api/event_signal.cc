// SPDX-License-Identifier: Apache-2.0
#include "api/event_signal.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <vector>

namespace ringfence::api {

namespace asio = boost::asio;

struct EventSignal::Shared {
  std::atomic<std::uint64_t> newest = 0;
  std::atomic<bool> wake_posted = false;
  std::vector<Alarm*> alarms;  // on the executor's thread only
};

EventSignal::EventSignal(Service& service, asio::any_io_executor executor)
    : service_(service), executor_(std::move(executor)), shared_(std::make_shared<Shared>()) {}

EventSignal::~EventSignal() {
  if (!shared_->alarms.empty()) service_.unsubscribe(subscription_);
  shared_->alarms.clear();
}

std::size_t EventSignal::listeners() const { return shared_->alarms.size(); }

void EventSignal::ring() {
  for (Alarm* each : shared_->alarms) each->ring();
}

void EventSignal::join(Alarm& alarm) {
  shared_->alarms.push_back(&alarm);
  if (shared_->alarms.size() > 1) return;
  subscription_ = service_.on_event(
      [shared = shared_, executor = executor_](const StoredEvent& event) {  // journal's thread
        shared->newest.store(event.seq);
        if (shared->wake_posted.exchange(true)) return;
        asio::post(executor, [shared] {
          shared->wake_posted.store(false);
          for (Alarm* each : shared->alarms) each->ring();
        });
      });
}

void EventSignal::leave(Alarm& alarm) {
  std::erase(shared_->alarms, &alarm);
  if (shared_->alarms.empty()) service_.unsubscribe(subscription_);
}

EventSignal::Listener::Listener(EventSignal& signal) : signal_(signal), alarm_(signal.executor_) {
  signal_.join(alarm_);
}

EventSignal::Listener::~Listener() { signal_.leave(alarm_); }

std::uint64_t EventSignal::Listener::newest() const { return signal_.shared_->newest.load(); }

}  // namespace ringfence::api
