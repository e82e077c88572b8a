// SPDX-License-Identifier: Apache-2.0
// Decider: the engine on its thread. Takes commands from the mailbox, lets the engine decide them
// at the time the clock gives, and puts what came of it into the outbox.
//
// Contract: `recover` once, before the thread; `run` is the thread. Everything a group of commands
// makes is put at once, so that one commit carries it. Time-driven work is done when it is due,
// before any command that comes later.
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
#include "service/mailbox.h"
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
  std::string data_dir;
  std::shared_ptr<const Policy> policy;
  std::string version;
};

class Decider {
 public:
  Decider(Mailbox<Request>& mailbox, Outbox& outbox, std::function<ClockReading()> clock)
      : mailbox_(mailbox), outbox_(outbox), clock_(std::move(clock)) {}

  // Replays the journal into the engine, takes the record over and appends what that made.
  Result<void> recover(Journal& journal, const Takeover& takeover);
  // Until the mailbox is closed and empty, or the outbox has failed.
  void run();

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
  std::optional<Duration> patience();
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
  void refuse_the_rest();
  Result<void> read_record(std::uint64_t after, const std::function<void(const Event&)>& give);

  Mailbox<Request>& mailbox_;
  Outbox& outbox_;
  std::function<ClockReading()> clock_;
  std::string data_dir_;
  Engine engine_;
  std::optional<ClockGuard> guard_;
  std::unordered_map<Ticket, Waiting> waiting_;
  Output out_;   // of one step
  Batch batch_;  // decided and not yet put
  std::shared_ptr<const UnitTable> units_;
};

}  // namespace ringfence
