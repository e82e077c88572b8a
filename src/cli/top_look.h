// SPDX-License-Identifier: Apache-2.0
// Look: one round of questions to the daemon, through the API that every command uses.
//
// Contract: coroutines of the client's io_context. What this operator may not see (403) is left
// out, but for the accounts, without which there is nothing to show. Errors: `unavailable`
// (nobody answers), `invalid` (the daemon refused; its own sentence).
// Costs the daemon: seven GETs, at most kAccountsMax accounts, kStreamsMax holds, and one page of
// refusals.
#pragma once

#include <string>

#include "cli/api_client.h"
#include "cli/top_history.h"
#include "cli/top_snapshot.h"

namespace ringfence::top {

// `under`: the account whose subtree is looked at; "/" for all.
http::awaitable<Result<Snapshot>> look(ApiClient& client, std::string under, History& history);

}  // namespace ringfence::top
