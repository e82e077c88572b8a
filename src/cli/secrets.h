// SPDX-License-Identifier: Apache-2.0
// Keeping secrets inside the process that needs them.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"

namespace ringfence {

// No core dumps, no ptrace and no /proc/PID/environ for other processes of the same uid.
void make_undumpable();

// Overwrites, in this process's own memory, the values of all variables that a fenced child is not
// given, those of `key_variables` included, and unsets them. Call after they have been read.
void wipe_secret_variables(const std::vector<std::string>& key_variables);

// The variables that the policy names as holding a provider's key.
std::vector<std::string> key_variables(const Policy& policy);

}  // namespace ringfence
