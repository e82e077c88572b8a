// SPDX-License-Identifier: Apache-2.0
// Prospect: how an operation of a new run of an account would stand now, gate by gate.
//
// Contract: plain values; nothing is asked of any run, and nothing is recorded. Every gate is
// looked at, also behind one that is shut. Walls are those of the account and all above it, those
// that its role sets on each run, and every limit that counts the operation for this identity, each
// with the need that a decision would have computed. Guards and people are not asked, and what a
// run has done before is not looked at.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/view.h"

namespace ringfence {

struct ProspectQuestion {
  std::string account;
  Identity identity;
  PlaceHold hold;  // as an edge would ask for it, but for the run
};

struct ProspectWall {
  MeterView meter;
  std::int64_t need = 0;
  bool fits = true;    // or it only observes
  bool limit = false;  // else a budget
};

struct Prospect {
  bool known = false;   // the policy knows the account
  bool walled = false;  // some budget ends a run's spending, or `unlimited: true`
  bool clock_stopped = false;
  std::optional<RoleId> role;
  std::string role_name, role_from;                       // and the account that states it
  std::vector<std::pair<std::string, Verdict>> verdicts;  // by operation, then by danger
  std::vector<std::string> missing;                       // identity fields that a rule requires
  std::vector<HaltView> halts;
  std::vector<std::pair<std::string, PauseView>> pauses;  // by account
  std::optional<Refusal> operations;  // why what is asked for is not one, or cannot be told
  std::optional<Refusal> arguments;   // by a rule for them
  std::vector<std::string> guards;    // that would be asked
  std::vector<LoopRule> loops;        // that count it; what they counted is a run's own
  std::vector<std::string> asks;      // rules by which a person is asked, as written
  std::optional<Refusal> need;        // why it cannot be bounded
  std::vector<ProspectWall> walls;
};

}  // namespace ringfence
