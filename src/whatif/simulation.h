// SPDX-License-Identifier: Apache-2.0
// Simulation: a record decided again under another policy, beside what was decided then.
//
// Contract: deterministic, no I/O; fed with a whole record in order. A decision counts as changed
// only where the policy before, replayed in the same way, decides as the record says and the other
// one does not; where already the replay of the policy before decides otherwise (the record lacks
// what it looked at) the decision is counted as not reproduced, and never as changed. So the same
// policy changes nothing. Requests that no policy decides (a bad credential, a conflict) stand.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/policy_parts.h"
#include "whatif/replay.h"

namespace ringfence {

inline constexpr std::size_t kChangeGroupsMax = 10'000;

struct SimulationScope {
  Time since;  // decisions before and after are replayed and not counted
  Time until = Time::max();
  std::size_t examples = 5;  // of each group
};

struct ChangedDecision {
  std::string decision_id, account, operation;
  Time time;
};

// Decisions that changed in the same way for the same cause, of one agent's account.
struct ChangeGroup {
  bool allowed_now = false;  // refused then; else the other way round
  std::string reason;        // of the refusal, then or now
  std::string because;       // its wall or its sentence
  std::string account;
  std::int64_t count = 0;
  std::int64_t usd_nano = 0;        // spent then and not now; or, at most, now and not then
  std::int64_t amount_unknown = 0;  // of `count`: those whose cost the record does not know
  std::vector<ChangedDecision> examples;
};

struct SimulationReport {
  std::uint64_t events = 0;
  std::int64_t allowed = 0, refused = 0;  // decisions as recorded, in scope
  std::int64_t allowed_to_refused = 0, refused_to_allowed = 0;
  std::int64_t clamped = 0;       // allowed by both, with a smaller output cap now
  std::int64_t other_reason = 0;  // refused by both, for another reason
  std::int64_t not_reproduced = 0;
  std::int64_t saved_usd_nano = 0, added_usd_nano = 0;
  std::int64_t added_unknown = 0;
  bool groups_cut = false;
  std::vector<ChangeGroup> groups;  // those with most decisions first
  std::vector<std::string> caveats;
};

class Simulation {
 public:
  // `before` null: the policies that the record itself names, as they came into force. `units`
  // decode the record and outlive this.
  Simulation(std::shared_ptr<const Policy> before, std::shared_ptr<const Policy> after,
             const UnitTable& units, SimulationScope scope);

  void feed(const Event& event);
  SimulationReport finish();

 private:
  struct Decision {  // as recorded
    bool allowed = false;
    std::int64_t count = 1;
    ChangedDecision fact;
    std::string reason, because;
    std::optional<std::int64_t> usd_nano;  // needed by a refused request
  };
  struct Saved {
    std::size_t group = 0;
    std::int64_t usd_nano = 0;
  };

  std::optional<Decision> decision_of(const Event& event);
  void follow(const PolicyAdopted& adopted, Time at);
  void compare(const Decision& then, const Outcome& before, const Outcome& after,
               std::uint64_t hold);
  void changed(const Decision& then, const Outcome& after, std::int64_t count, std::uint64_t hold);
  void charged(const HoldResolved& resolved);

  const UnitTable& units_;
  SimulationScope scope_;
  bool follow_record_;
  PolicyParts parts_;
  std::optional<Replay> before_;
  Replay after_;
  SimulationReport report_;
  std::map<std::tuple<bool, std::string, std::string, std::string>, std::size_t> group_of_;
  boost::unordered_flat_map<std::uint64_t, Saved> saved_;  // by recorded hold
  boost::unordered_flat_map<std::string, Decision> refused_kinds_;
  std::int64_t unreadable_policies_ = 0;
};

}  // namespace ringfence
