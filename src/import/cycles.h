// SPDX-License-Identifier: Apache-2.0
// Cycles: an export of its budget ledgers.
//
// {ledgers: [{scope, unit, allocated: {amount, unit}, status, …}]} or {budgets: […]} or the bare
// list, with tenants beside it where there are any. A scope tenant:acme/agent:bot is the account
// acme/agent-bot.
//
// Contract: fills the draft; a document of another shape is a problem, a member that cannot be
// carried is left out with its place.
#pragma once

#include "import/draft.h"
#include "policy/problems.h"

namespace ringfence::imports {

void read_cycles(Problems& problems, YamlNode root, Draft& draft);

}  // namespace ringfence::imports
