// SPDX-License-Identifier: Apache-2.0
#include "service/outbox.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace ringfence {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) {
    to.swap(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  }
}

}  // namespace

bool Outbox::put(Batch& batch) {
  {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return failed_ || pending_.events.size() < kPendingEventsMax; });
    if (failed_) return false;
    append(pending_.events, batch.events);
    append(pending_.payloads, batch.payloads);
    append(pending_.deliveries, batch.deliveries);
    pending_.units = batch.units;
    pending_.urgent = pending_.urgent || std::exchange(batch.urgent, false);
  }
  changed_.notify_all();
  return true;
}

bool Outbox::wait_until_idle() {
  std::unique_lock hold(mutex_);
  pending_.urgent = true;
  changed_.notify_all();
  changed_.wait(hold, [this] { return failed_ || (!taken_ && pending_.empty()); });
  return !failed_;
}

bool Outbox::must_go() const {
  return closed_ || failed_ || pending_.urgent || pending_.events.size() >= kPendingEventsMax;
}

std::optional<Batch> Outbox::take() {
  std::optional<Batch> batch;
  {
    std::unique_lock hold(mutex_);
    const bool was_taken = std::exchange(taken_, false);
    if (was_taken && pending_.empty()) changed_.notify_all();
    changed_.wait(hold, [this] { return closed_ || failed_ || !pending_.empty(); });
    changed_.wait_for(hold, std::chrono::microseconds(linger_.us), [this] { return must_go(); });
    if (failed_ || pending_.empty()) return std::nullopt;
    batch = std::exchange(pending_, {});
    taken_ = true;
  }
  changed_.notify_all();
  return batch;
}

void Outbox::fail() {
  {
    const std::lock_guard hold(mutex_);
    failed_ = true;
  }
  changed_.notify_all();
}

void Outbox::close() {
  {
    const std::lock_guard hold(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace ringfence
