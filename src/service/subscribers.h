// SPDX-License-Identifier: Apache-2.0
// Subscribers: the functions that are called for each notice and each durable event.
//
// Contract: thread-safe. Calls come from one thread, in the order of subscription. When `remove`
// returns, the function is not running and will not run again, unless it is itself the caller.
// Hence no lock that a function takes may be held while `remove` is called.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ringfence {

template <class Argument>
class Subscribers {
 public:
  using Function = std::function<void(const Argument&)>;

  void add(std::uint64_t id, Function function) {
    const std::lock_guard hold(mutex_);
    auto longer = std::make_shared<List>(*list_);
    longer->emplace_back(id, std::make_shared<Function>(std::move(function)));
    list_ = std::move(longer);
  }

  void remove(std::uint64_t id) {
    const std::lock_guard hold(mutex_);
    auto shorter = std::make_shared<List>();
    for (const auto& each : *list_) {
      if (each.first != id) shorter->push_back(each);
    }
    list_ = std::move(shorter);
  }

  bool empty() const {
    const std::lock_guard hold(mutex_);
    return list_->empty();
  }

  void call(const Argument& argument) {
    const std::lock_guard hold(mutex_);
    const auto now = list_;  // a function may add or remove others, or itself
    for (const auto& [id, function] : *now) {
      const bool still = std::any_of(list_->begin(), list_->end(),
                                     [id = id](const auto& each) { return each.first == id; });
      if (still) (*function)(argument);
    }
  }

 private:
  using List = std::vector<std::pair<std::uint64_t, std::shared_ptr<Function>>>;

  mutable std::recursive_mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<List>();
};

}  // namespace ringfence
