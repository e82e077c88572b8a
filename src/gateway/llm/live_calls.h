// SPDX-License-Identifier: Apache-2.0
// LiveCalls: the cut list. Every call that may be paying joins it before its hold is submitted, so
// that no halt can pass between the decision and the upstream.
//
// Contract: thread-safe. `on_notice` is for the service's journal thread; it never blocks and never
// calls into a call: it posts to the call's executor. `bind` tells of a closing that came before
// the call knew its own hold. After `leave` returned, nothing is posted for the call any more,
// though what was posted before may still run: what it captures must keep itself alive.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/command.h"

namespace ringfence::llm {

class LiveCalls {
 public:
  using Cut = std::function<void(const HoldClosed&)>;

  void join(Ticket ticket, boost::asio::any_io_executor executor, Cut cut);
  // The hold of this call. Returns its closing if that came already; then `cut` is not called.
  std::optional<HoldClosed> bind(Ticket ticket, HoldId hold);
  void leave(Ticket ticket);

  void on_notice(const Notice& notice);
  std::size_t size() const;

 private:
  struct Call {
    boost::asio::any_io_executor executor;
    Cut cut;
    std::uint64_t joined_at = 0;  // in closings seen
    std::optional<HoldId> hold;
  };
  void forget_old_closings();

  mutable std::mutex mutex_;
  std::unordered_map<Ticket, Call> calls_;
  std::unordered_map<HoldId, Ticket> by_hold_;
  // Closings of holds that no call has bound yet, kept while a call that joined before is unbound.
  struct Closing {
    std::uint64_t number = 0;
    HoldClosed what;
  };
  std::deque<Closing> closings_;
  std::uint64_t closings_seen_ = 0;
  std::multiset<std::uint64_t> unbound_;  // joined_at of the calls without a hold
};

}  // namespace ringfence::llm
