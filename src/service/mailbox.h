// SPDX-License-Identifier: Apache-2.0
// Mailbox: what many threads ask, in order, for the one thread that answers.
//
// Contract: `push` is thread-safe and never blocks; `drain` is for one thread. Items carry a weight
// and the sum of waiting weights is bounded: one too many is handed back to its sender. A closed
// mailbox takes nothing more, and gives out what it still has.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"

namespace ringfence {

template <class Item>
class Mailbox {
 public:
  explicit Mailbox(std::size_t weight_max) : weight_max_(weight_max) {}

  // False, with the item untouched, when the mailbox is full or closed.
  bool push(Item& item, std::size_t weight) {
    {
      const std::lock_guard hold(mutex_);
      if (closed_ || weight > weight_max_ - weight_) return false;
      weight_ += weight;
      items_.push_back(std::move(item));
    }
    arrived_.notify_one();
    return true;
  }

  // Each of weight 1. How many were taken, from the first on; the rest is untouched.
  std::size_t push_all(std::vector<Item>& items) {
    std::size_t taken = 0;
    {
      const std::lock_guard hold(mutex_);
      if (!closed_) taken = std::min(items.size(), weight_max_ - weight_);
      weight_ += taken;
      const auto end = items.begin() + static_cast<std::ptrdiff_t>(taken);
      items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                    std::make_move_iterator(end));
    }
    if (taken > 0) arrived_.notify_one();
    return taken;
  }

  void close() {
    {
      const std::lock_guard hold(mutex_);
      closed_ = true;
    }
    arrived_.notify_one();
  }

  struct Drained {
    std::vector<Item> items;
    bool closed = false;  // nothing will follow
  };
  // All that waits; returns without any after `patience`, or when the mailbox is closed. `none`
  // waits without end.
  Drained drain(std::optional<Duration> patience) {
    std::unique_lock hold(mutex_);
    const auto ready = [this] { return !items_.empty() || closed_; };
    if (patience) {
      arrived_.wait_for(hold, std::chrono::microseconds(patience->us), ready);
    } else {
      arrived_.wait(hold, ready);
    }
    weight_ = 0;
    return {std::exchange(items_, {}), closed_};
  }

 private:
  const std::size_t weight_max_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Item> items_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace ringfence
