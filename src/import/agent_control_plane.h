// SPDX-License-Identifier: Apache-2.0
// agent-control-plane: its token budget configurations and model governance.
//
// {token_budgets: [{identity: {user_id, org_id, team_id}, period, max_tokens, max_cost_usd,
// allowed_models}]} or the bare list; model_governance beside it.
//
// Contract: fills the draft; a document of another shape is a problem, a member that cannot be
// carried is left out with its place.
#pragma once

#include "import/draft.h"
#include "policy/problems.h"

namespace ringfence::imports {

void read_agent_control_plane(Problems& problems, YamlNode root, Draft& draft);

}  // namespace ringfence::imports
