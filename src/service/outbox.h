// SPDX-License-Identifier: Apache-2.0
// Outbox: what the engine decided, on its way to the journal; what piles up during one commit is
// the next one.
//
// What nobody waits for does not start a commit of its own at once: a moment later it goes with
// what comes next, so that a call's settling does not stand in the way of the next call's hold.
//
// Contract: `put` and `wait_until_idle` are for the engine's thread, `take` and `fail` for the
// journal's, `close` for either. Order is kept: a reply may rest on any event before it, so it
// waits for all of them, even when its own command made none. `put` blocks when the journal is so
// far behind that kPendingEventsMax events wait. After `fail` nothing is taken or given any more.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "engine/engine.h"

namespace ringfence {

inline constexpr std::size_t kPendingEventsMax = 8'192;
// How long what is not urgent waits for company. A client that calls again at once is faster.
inline constexpr Duration kLinger = Duration::millis(1);

// What is handed on once the events before it are durable, in this order.
struct ReplyCall {
  std::function<void(Reply)> handler;
  Reply reply;
};
struct RepliesCall {
  std::function<void(std::vector<Reply>)> handler;
  std::vector<Reply> replies;
};
using Delivery = std::variant<ReplyCall, RepliesCall, Notice>;

struct Batch {
  std::vector<Event> events;
  std::vector<Payload> payloads;
  std::vector<Delivery> deliveries;
  std::shared_ptr<const UnitTable> units;  // as of the newest event
  bool urgent = false;                     // somebody waits for it

  bool empty() const { return events.empty() && deliveries.empty(); }
};

class Outbox {
 public:
  explicit Outbox(Duration linger = kLinger) : linger_(linger) {}

  // Takes the batch over and leaves an empty one. False after `fail`.
  bool put(Batch& batch);
  // Everything that was put is committed and delivered. False after `fail`.
  bool wait_until_idle();

  // Waits for something. Nothing when closed and empty.
  std::optional<Batch> take();
  void fail();

  void close();

 private:
  bool must_go() const;

  const Duration linger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch pending_;
  bool taken_ = false;  // the journal is at work on a batch
  bool closed_ = false;
  bool failed_ = false;
};

}  // namespace ringfence
