// SPDX-License-Identifier: Apache-2.0
// EventSignal: tells coroutines of one executor that the record has grown.
//
// Contract: made, used and destroyed on the executor's thread. It listens to the service only while
// somebody waits, and the executor's io_context outlives that. Many events that come while one wake
// is under way make one more wake, not many: whoever wakes reads the journal up to its end.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "api/alarm.h"
#include "service/service.h"

namespace ringfence::api {

class EventSignal {
 public:
  EventSignal(Service& service, boost::asio::any_io_executor executor);
  ~EventSignal();
  EventSignal(const EventSignal&) = delete;
  EventSignal& operator=(const EventSignal&) = delete;

  // While one lives, `newest` moves and its alarm rings.
  class Listener {
   public:
    explicit Listener(EventSignal& signal);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // The newest event that is durable, as far as heard.
    std::uint64_t newest() const;
    Alarm& alarm() { return alarm_; }

   private:
    EventSignal& signal_;
    Alarm alarm_;
  };

  std::size_t listeners() const;
  // Wakes all of them, though nothing is new.
  void ring();

 private:
  struct Shared;
  void join(Alarm& alarm);
  void leave(Alarm& alarm);

  Service& service_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
  Service::SubscriptionId subscription_ = 0;
};

}  // namespace ringfence::api
