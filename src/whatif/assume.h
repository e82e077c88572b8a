// SPDX-License-Identifier: Apache-2.0
// What is assumed of a request that is asked without its surroundings.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/command.h"
#include "policy/policy.h"

namespace ringfence {

// Every guard that the policy has for it allowed it: none is asked here.
inline void assume_guards_allow(const Policy& policy, PlaceHold& place) {
  std::vector<std::uint32_t> matching;
  const auto add = [&](const std::string& text) {
    if (const auto operation = Operation::parse(text)) policy.match_guards(*operation, matching);
  };
  add(place.operation);
  for (const std::string& text : place.further) add(text);
  std::ranges::sort(matching);
  matching.erase(std::ranges::unique(matching).begin(), matching.end());
  for (const std::uint32_t index : matching) {
    const GuardRule& guard = policy.guards()[index];
    place.guards.push_back({guard.name, guard.fingerprint, GuardDecision::allow, {}});
  }
}

}  // namespace ringfence
