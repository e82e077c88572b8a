// SPDX-License-Identifier: Apache-2.0
// Identity: who a run acts for, as its credential says; empty where it says nothing.
#pragma once

#include <string>

namespace ringfence {

// The subjects of `per: user|team|org|session` walls, and what a rule's `for` looks at.
struct Identity {
  std::string user, team, org, session;
  friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace ringfence
