// SPDX-License-Identifier: Apache-2.0
// Decider: lets the engine decide commands at the time the clock gives, and puts what came of it on
// its way to the journal.
//
// Contract: `recover` once and before all else; then one thread at a time, and the same one for
// what it calls. It never waits by itself. Everything a group of commands makes is put at once, so
// that one commit carries it. Time-driven work is done when it is due, before any command that
// comes later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "journal/journal.h"
#include "service/outbox.h"

namespace ringfence {

struct Single {
  Ticket ticket = 0;
  Command command;
  std::function<void(Reply)> handler;
};
struct Group {
  std::vector<Ticket> tickets;
  std::vector<Command> commands;
  std::function<void(std::vector<Reply>)> handler;
};
struct Query {
  std::function<void(const Engine&, Time)> reader;
};
using Request = std::variant<Single, Group, Query>;

struct Takeover {
  std::shared_ptr<const Policy> policy;
  std::string version;
  std::string data_dir = {};  // whose snapshots shorten the way; empty: none do
  // Asked before anything is appended, with the policy that is then in force.
  std::function<Result<void>(const Policy& in_force)> may_start = nullptr;
};

// What a decider needs of those around it.
struct DeciderPorts {
  std::function<ClockReading()> clock;
  // Takes the batch over and leaves an empty one. False: the journal has failed.
  std::function<bool(Batch&)> put;
  // Makes all that was put durable, then gives every durable event after a number, in order.
  std::function<Result<void>(std::uint64_t after, const UnitTable& units,
                             const std::function<void(const Event&)>& give)>
      read_record;
};

class Decider {
 public:
  explicit Decider(DeciderPorts ports) : ports_(std::move(ports)) {}

  // Brings the engine to where the journal is, takes the record over and appends what that made.
  // Returns the event of the snapshot that it began from; 0: none.
  Result<std::uint64_t> recover(Journal& journal, const Takeover& takeover);
  // How long there is nothing to do without a request; none: for ever.
  std::optional<Duration> patience();
  // What is due by now, then these in order. False: the journal has failed, and all is over.
  bool decide(std::vector<Request>& requests);
  // Refuses who still waits. False likewise; nothing follows in any case.
  bool finish();

 private:
  // The replies of a group, until all are there.
  struct Gathering {
    std::function<void(std::vector<Reply>)> handler;
    std::vector<Reply> replies;
    std::size_t missing = 0;
  };
  struct Place {
    std::shared_ptr<Gathering> gathering;
    std::size_t index = 0;
  };
  using Waiting = std::variant<std::function<void(Reply)>, Place>;

  Now read_clock();
  void tick_if_due();
  void take(Request& request);
  void take(Single& single);
  void take(Group& group);
  void take(Query& query);
  void step(Ticket ticket, Command command);
  // Of the command with this ticket; `awaited`: somebody waits for what comes of it.
  void collect(Ticket ticket, bool awaited);
  void answer(Ticket ticket, Reply reply);
  bool publish();
  Result<void> read_record(std::uint64_t after, const std::function<void(const Event&)>& give);

  const DeciderPorts ports_;
  Engine engine_;
  std::optional<ClockGuard> guard_;
  std::unordered_map<Ticket, Waiting> waiting_;
  Output out_;   // of one step
  Batch batch_;  // decided and not yet put
  std::shared_ptr<const UnitTable> units_;
};

}  // namespace ringfence
