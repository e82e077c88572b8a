// SPDX-License-Identifier: Apache-2.0
// Replay: recorded requests asked again, of an engine under a policy of one's choice.
//
// Contract: deterministic, no I/O; events come in their order, whole records only. Time is the
// record's: holds expire and runs end when they did there. Each recorded decision is decided anew
// and told as an Outcome; what an allowed request used is what it used in truth. A refusal that was
// counted with others (RefusedAgain) is one outcome of that weight.
// Limitations: the record does not hold arguments, what a call would have wanted beyond its cap, or
// who waited; prices are those at which it was held. What a refused request needed is known at the
// wall that refused it, nowhere else; if it is allowed here, it is charged that at once.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "engine/event.h"

namespace ringfence {

// Resolved holds that may still be corrected; older ones are forgotten.
inline constexpr std::size_t kReplayHoldsMax = 2'000'000;

// One decision of the record, and what became of it here.
struct Outcome {
  bool allowed = false;
  bool clamped = false;            // with a smaller output cap than there
  std::optional<Refusal> refusal;  // when not allowed
  std::string because;     // "budget usd/day of acme", or the sentence of what is not a wall
  std::int64_t count = 1;  // of `RefusedAgain`: how often it was asked
  std::int64_t allowed_count = 0;  // how many of them were allowed here
};

class Replay {
 public:
  // What a refused request would have spent, were it allowed here: what it needed, or nothing where
  // this stands for the record itself, which knows that it spent nothing.
  enum class Refusals : std::uint8_t { spend, spend_nothing };

  // `units` are those that decode the record; they outlive this.
  Replay(std::shared_ptr<const Policy> policy, const UnitTable& units, Refusals refusals);

  // What became of the decision in this event; nothing for events that decide nothing.
  std::optional<Outcome> feed(const Event& event);
  // Another policy from now on, as if it had been put in force.
  void adopt(std::shared_ptr<const Policy> policy, Time at);

  const Engine& engine() const { return engine_; }

 private:
  // A recorded hold here.
  struct Kept {
    HoldId here;  // number 0: refused here
    std::string holder;
    bool clamped = false;
  };
  struct MeterName {  // of the record
    std::string unit;
    Window window;
  };
  std::optional<Outcome> on(const HoldOpened& e);
  std::optional<Outcome> on(const Refused& e);
  std::optional<Outcome> on(const RefusedAgain& e);
  void on(const RunStarted& e);
  void on(const RunEnded& e);
  void on(const HoldExtended& e);
  void on(const HoldResolved& e);
  void on(const MeterOpened& e);
  void on(const Raised& e);
  void on(const Paused& e);
  void on(const Resumed& e);
  void on(const Halted& e);
  void on(const HaltLifted& e);
  template <class Other>
  void on(const Other&) {}

  // Its reply; valid until the next one.
  const Reply& ask(Command command);
  void start(Time at);
  Amounts here(const Amounts& there) const;
  PlaceHold request_of(const HoldOpened& e) const;
  PlaceHold request_of(const Refused& e) const;
  void close(const Kept& kept, const HoldResolved& e);
  std::optional<Refusal> place_refused(const Refused& e, PlaceHold place);
  std::optional<Refusal> ask_refused(const Refused& e);
  void bound_output(PlaceHold& place, const HoldOpened& e) const;
  void forget_old_holds();

  std::shared_ptr<const Policy> policy_;
  const UnitTable& units_;
  Refusals refused_requests_;
  Engine engine_;
  Output out_;
  Now now_;
  bool started_ = false;
  boost::unordered_flat_map<std::uint64_t, Kept> holds_;
  std::deque<std::uint64_t> closed_;  // oldest first
  boost::unordered_flat_map<std::uint64_t, MeterName> meters_;
  boost::unordered_flat_map<std::string, Refused> refusals_;     // the first of each kind
  boost::unordered_flat_map<std::string, Refusal> not_started_;  // runs
};

// Whether a reason is a matter of the request or its credential, not of any policy.
bool beyond_policy(Reason reason);
// "budget usd/day of acme" for a wall, else what the sentence says.
std::string cause_of(const Refusal& refusal);

}  // namespace ringfence
