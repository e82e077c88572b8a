// SPDX-License-Identifier: Apache-2.0
// Clients: agents that hold, use and settle, and the operators above them, over a network that
// loses, delays and repeats what they send and what they are told.
//
// Contract: everything follows from the seed. Whoever did not hear asks again, with the same key
// and content. Each judges what it is told by itself: one key, one hold; one settling, one charge;
// what was once allowed is never unknown. Nothing here looks into the node.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/command.h"
#include "engine/view.h"
#include "tests/sim/options.h"
#include "tests/sim/oracle.h"
#include "tests/sim/schedule.h"

namespace ringfence::sim {

using Heard = std::function<void(const Reply&)>;

// Carries messages to the node and back.
class Network {
 public:
  // Gives a command to the node, if there is one.
  using Arrive = std::function<void(Command, std::function<void(Reply)>)>;

  Network(std::uint64_t seed, Schedule& schedule, const Options& options, Arrive arrive)
      : rng_(seed), schedule_(schedule), options_(options), arrive_(std::move(arrive)) {}

  void send(Command command, Heard heard);
  void heal() { healed_ = true; }

 private:
  void carry(const std::function<void()>& arrival);

  Rng rng_;
  Schedule& schedule_;
  const Options& options_;
  Arrive arrive_;
  bool healed_ = false;
};

class Clients {
 public:
  Clients(std::uint64_t seed, Schedule& schedule, Network& network, Oracle& oracle,
          const Options& options);

  // One of them does something.
  void act();
  // The node is another process now: its gateways have forgotten what they were about.
  void node_died();
  // No new errands; what is open is brought to its end.
  void wind_up() { winding_up_ = true; }
  std::size_t unanswered() const;
  // What the operators may bring into force next, and the budgets of what they believe is.
  std::function<std::shared_ptr<const Policy>()> next_policy;
  std::function<std::vector<model::WallSpec>()> budgets;
  std::uint64_t answers() const { return answers_; }

 private:
  struct Errand {
    PlaceHold request;
    enum class Stage : std::uint8_t { asking, holding, settling, done } stage = Stage::asking;
    int refused = 0;
    HoldId hold;
    Amounts held;
    ResolveHold settling;
    std::optional<ResolveReply> settled;
    bool corrected = false;
  };
  using Shared = std::shared_ptr<Errand>;

  void hold();
  void ask(const Shared& errand);
  void heard_of_hold(const Shared& errand, const Reply& reply);
  void use(const Shared& errand);
  void extend(const Shared& errand);
  void settle(const Shared& errand);
  void heard_of_settling(const Shared& errand, const Reply& reply);

  void start_run(const std::string& parent);
  void operate(Act act);
  PlaceHold random_request();
  Amounts random_actual(const Amounts& held);
  RaiseCap random_raise();
  PlaceHalt random_halt();
  std::string random_account();
  Duration patience() { return Duration::millis(pick(rng_, 500, 15'000)); }
  void send(Command command, Heard heard = {});

  Rng rng_;
  Schedule& schedule_;
  Network& network_;
  Oracle& oracle_;
  const Options& options_;
  std::vector<Shared> errands_;
  std::vector<std::string> runs_;
  std::map<std::string, std::string> account_of_run_;
  std::vector<std::string> halts_, approvals_;
  int last_run_ = 0, last_halt_ = 0, last_key_ = 0;
  bool winding_up_ = false;
  std::uint64_t answers_ = 0;
};

}  // namespace ringfence::sim
