// SPDX-License-Identifier: Apache-2.0
// Service: the engine on its thread, the journal on its own, and the mailbox before them.
//
// Contract: all public functions are thread-safe. A reply handler runs exactly once, on the
// journal's thread, after everything its answer rests on is durable; it must not block (post to
// your own executor). What the service cannot take (a full mailbox, after `stop`) is refused at
// once on the caller's thread. After a failed commit no waiting handler runs any more: `on_fatal`
// is called once and the process must exit. `query` runs a function on the engine's thread, after
// everything that was due by then; it must be short, and is dropped where a command is refused.
// Natural group commit: while one commit is in flight, what was decided meanwhile is the next.
// No handler may call `stop` or destroy the service.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "service/snapshotter.h"

namespace ringfence {

struct Submission {
  Ticket ticket = 0;
  Command command;
  std::function<void(Reply)> handler;
};

struct ServiceOptions {
  std::string data_dir;
  std::shared_ptr<const Policy> policy;
  std::string version;
  // Keys what the record says of arguments and requests, so that who reads it cannot try out what
  // they were; the same for the life of a record. Empty: plain SHA-256.
  std::string digest_key;
  std::size_t mailbox_max = 65'536;  // commands waiting; more are refused `unverifiable` at once
  std::function<ClockReading()> clock = SystemClock::read;
  std::function<void(const Error&)> on_fatal;  // default: log and _exit(70)
  std::shared_ptr<Metrics> metrics;            // default: counted for nobody
  SnapshotPlan snapshots;                      // its data_dir is filled in
  // Asked before anything is recorded, with the policy that is in force; its error is `open`'s.
  std::function<Result<void>(const Policy& in_force)> may_start;  // default: it may
};

class Service {
 public:
  using ReplyHandler = std::function<void(Reply)>;
  using NoticeHandler = std::function<void(const Notice&)>;
  using EventHandler = std::function<void(const StoredEvent&)>;
  using SubscriptionId = std::uint64_t;

  // Opens the journal, recovers from it and its snapshots, starts the engine and the threads.
  static Result<std::unique_ptr<Service>> open(ServiceOptions options);
  virtual ~Service() = default;  // stops, as `stop`

  // Returns the ticket, which is known before the reply can arrive (CancelHold needs it).
  virtual Ticket submit(Command command, ReplyHandler handler) = 0;
  // Reserves a ticket, so that a call can join the cut list before its hold is submitted.
  virtual Ticket reserve_ticket() = 0;
  virtual void submit(Ticket ticket, Command command, ReplyHandler handler) = 0;
  // Each as if it were submitted alone, in this order.
  virtual void submit_all(std::vector<Submission> several) {
    for (Submission& one : several)
      submit(one.ticket, std::move(one.command), std::move(one.handler));
  }
  // All of them decided in order and made durable by one commit; one handler call with all replies.
  virtual void submit_batch(std::vector<Command> commands,
                            std::function<void(std::vector<Reply>)> handler) = 0;

  virtual void query(std::function<void(const Engine&, Time now)> reader) = 0;

  // Handlers run on the journal's thread, in order, after durability; they must not block.
  virtual SubscriptionId on_notice(NoticeHandler handler) = 0;
  virtual SubscriptionId on_event(EventHandler handler) = 0;
  // Once it returns the handler does not run any more; hold no lock that the handler takes.
  virtual void unsubscribe(SubscriptionId id) = 0;

  // Decides what is in the mailbox, commits it, refuses who still waits, then joins the threads.
  virtual void stop() = 0;
  virtual const std::string& data_dir() const = 0;
  // What stands on the record for the SHA-256 of arguments.
  virtual Digest keyed(const Digest& digest) const { return digest; }
};

}  // namespace ringfence
