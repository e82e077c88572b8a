// SPDX-License-Identifier: Apache-2.0
// LiteLLM proxy: its config.yaml, and an export of keys, teams and users, in one file or apart.
//
// What becomes what: docs/policy-tools.md. Top-level members: model_list, litellm_settings,
// general_settings, router_settings; keys, teams, users, organizations (lists of objects as the
// proxy's own list routes give them).
//
// Contract: fills the draft; a document of another shape is a problem, a member that cannot be
// carried is left out with its place.
#pragma once

#include "import/draft.h"
#include "policy/problems.h"

namespace ringfence::imports {

void read_litellm(Problems& problems, YamlNode root, Draft& draft);

}  // namespace ringfence::imports
