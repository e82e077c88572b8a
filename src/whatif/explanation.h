// SPDX-License-Identifier: Apache-2.0
// Explanation: why an operation would be allowed or refused, and what would have to change.
//
// Contract: pure; made of a Prospect and the policy's text, whose name is that of the places. Gates
// stand in the order of a decision, the first one that is shut decides. Walls say what is left, and
// whether the need fits. Guards and people are not asked here, and a run's own past, such as loops,
// is not known.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "engine/prospect.h"
#include "policy/rule_places.h"

namespace ringfence {

struct ExplainedGate {
  std::string name;  // "account", "role", "danger", "deny", "allow", "budgets", "walls", …
  bool open = true;
  std::string because;
  std::string place;  // file:line:column, where it is a rule's
};

struct ExplainedWall {
  ProspectWall wall;
  std::string place;  // of a limit
};

struct Explanation {
  bool allowed = false;
  std::string account, operation;
  std::vector<ExplainedGate> gates;
  std::vector<ExplainedWall> walls;
  std::vector<std::string> changes;  // that would let it pass
};

Explanation explain(const Prospect& prospect, const ProspectQuestion& question,
                    const RulePlaces& places);

Json json_of(const Explanation& explanation);

}  // namespace ringfence
