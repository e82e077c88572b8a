// SPDX-License-Identifier: Apache-2.0
// Slots: so many at once; the others wait in order of arrival.
//
// Contract: one thread. A Slot that is held is given back by its end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <deque>
#include <memory>

#include "base/time.h"

namespace ringfence::guard {

class Slots : public std::enable_shared_from_this<Slots> {
 public:
  class Slot {
   public:
    explicit Slot(std::shared_ptr<Slots> of) : of_(std::move(of)) {}
    ~Slot() {
      if (of_) of_->leave();
    }
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&&) = delete;
    explicit operator bool() const { return of_ != nullptr; }

   private:
    std::shared_ptr<Slots> of_;  // null: none came free in time
  };

  Slots(std::size_t most, std::size_t queue_max) : most_(most), queue_max_(queue_max) {}
  boost::asio::awaitable<Slot> enter(Duration patience);

 private:
  struct Waiter;
  void leave();

  const std::size_t most_;
  const std::size_t queue_max_;
  std::size_t taken_ = 0;
  std::deque<std::shared_ptr<Waiter>> queue_;
};

}  // namespace ringfence::guard
