// SPDX-License-Identifier: Apache-2.0
// The environment of a fenced child: no provider key, but the gateway's address and the run's own
// credential where each client looks for them (run/clients.h).
//
// Contract: pure. Variables that could carry a provider's key, lead a client past the gateway or
// reach the fence's own controls are left out by name; everything else passes unchanged.
// Limitations: a key under a name we do not know, in a file or in a keychain is not found here;
// that needs the sandbox.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/clients.h"

namespace ringfence {

// Whether a variable is kept from a fenced child.
bool withheld_from_child(std::string_view name);

struct ChildAccess {
  std::string gateway_url;  // http://127.0.0.1:7070
  std::string credential;   // the run's
  // Variables that the policy names as holding a provider's key: withheld whatever their name.
  std::vector<std::string> key_variables = {};
  // Wires with a provider whose key its client brings: the variables from which they take it are
  // neither withheld nor set, and the run's credential goes in x-ringfence-credential.
  std::vector<std::string> own_key_wires = {};
  const KnownClient* client = nullptr;  // who is started; null: nobody we know

  bool brings_own_key(std::string_view wire) const;
};

// The variables that a fenced child is given, as NAME=value, sorted by name.
std::vector<std::string> granted_to_child(const ChildAccess& access);

// `inherited` are NAME=value entries; the result is what the child starts with.
std::vector<std::string> child_environment(std::span<const std::string> inherited,
                                           const ChildAccess& access);

// The names of those inherited variables that the child does not see with their values, but for
// our own; sorted. For people: names only.
std::vector<std::string> withheld_names(std::span<const std::string> inherited,
                                        const ChildAccess& access);

}  // namespace ringfence
