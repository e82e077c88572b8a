// SPDX-License-Identifier: Apache-2.0
// What is assumed of a request that is asked without its surroundings.
#pragma once

#include "engine/command.h"
#include "policy/policy.h"

namespace ringfence {

// Every guard that the policy has for it allowed it: none is asked here.
inline void assume_guards_allow(const Policy& policy, PlaceHold& place) {
  const auto operation = Operation::parse(place.operation);
  if (!operation) return;
  std::vector<std::uint32_t> matching;
  policy.match_guards(*operation, matching);
  for (const std::uint32_t index : matching) {
    const GuardRule& guard = policy.guards()[index];
    place.guards.push_back({guard.name, guard.fingerprint, GuardDecision::allow, {}});
  }
}

}  // namespace ringfence
