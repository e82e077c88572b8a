// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/live_calls.h"

#include <algorithm>
#include <variant>

#include "base/ensure.h"
#include "edge/crossing.h"

namespace ringfence::llm {

void LiveCalls::join(Ticket ticket, boost::asio::any_io_executor executor, Cut cut) {
  const std::lock_guard lock(mutex_);
  const auto [it, added] = calls_.try_emplace(
      ticket, Call{std::move(executor), std::move(cut), closings_seen_, std::nullopt});
  RF_ENSURE(added, "a ticket joins the cut list once");
  unbound_.insert(it->second.joined_at);
}

std::optional<HoldClosed> LiveCalls::bind(Ticket ticket, HoldId hold) {
  const std::lock_guard lock(mutex_);
  Call& call = calls_.at(ticket);
  RF_ENSURE(!call.hold, "a call has one hold");
  call.hold = hold;
  std::optional<HoldClosed> closed;
  for (const Closing& closing : closings_) {
    if (closing.what.hold == hold) closed = closing.what;
  }
  by_hold_[hold] = ticket;
  unbound_.erase(unbound_.find(call.joined_at));
  forget_old_closings();
  return closed;
}

void LiveCalls::leave(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto it = calls_.find(ticket);
  if (it == calls_.end()) return;
  if (it->second.hold) {
    by_hold_.erase(*it->second.hold);
  } else {
    unbound_.erase(unbound_.find(it->second.joined_at));
  }
  calls_.erase(it);
  forget_old_closings();
}

void LiveCalls::on_notice(const Notice& notice) {
  const auto* closed = std::get_if<HoldClosed>(&notice);
  if (closed == nullptr) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_hold_.find(closed->hold);
  if (it == by_hold_.end()) {
    if (!unbound_.empty()) closings_.push_back({closings_seen_++, *closed});
    return;
  }
  const Call& call = calls_.at(it->second);
  Crossing::run(call.executor, [cut = call.cut, what = *closed] { cut(what); });
}

void LiveCalls::forget_old_closings() {
  const std::uint64_t oldest = unbound_.empty() ? closings_seen_ : *unbound_.begin();
  while (!closings_.empty() && closings_.front().number < oldest) closings_.pop_front();
}

std::size_t LiveCalls::size() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

}  // namespace ringfence::llm
