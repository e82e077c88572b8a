// SPDX-License-Identifier: Apache-2.0
// Keeping secrets inside the process that needs them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace ringfence {

// No core dumps, no ptrace and no /proc/PID/environ for other processes of the same uid.
void make_undumpable();

// Overwrites, in this process's own memory, the values of all variables that a fenced child is not
// given, those of `key_variables` included, and unsets them. Call after they have been read.
void wipe_secret_variables(const std::vector<std::string>& key_variables);

// The variables that the policy names as holding a provider's key, a guard's or a webhook's secret.
std::vector<std::string> key_variables(const Policy& policy);
// The wires of providers whose key each client brings.
std::vector<std::string> wires_of_own_keys(const Policy& policy);

// KeyVariables: what the environment held, once it has been wiped there; a policy that is adopted
// later may name any of it. Thread-safe; wiped when it goes.
class KeyVariables {
 public:
  KeyVariables() = default;
  ~KeyVariables();
  KeyVariables(const KeyVariables&) = delete;
  KeyVariables& operator=(const KeyVariables&) = delete;

  // Keeps what wipe_secret_variables takes from the environment, and calls it.
  void take(const std::vector<std::string>& key_variables);
  // Null when it is neither kept nor set. The text stays where it is.
  const char* find(const char* name) const;

 private:
  std::map<std::string, std::string> kept_;  // not changed after `take`
};

}  // namespace ringfence
