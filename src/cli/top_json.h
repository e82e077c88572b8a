// SPDX-License-Identifier: Apache-2.0
// The model of `top` as JSON, for scripts: `ringfence top --json`.
//
// Contract: pure. Amounts are decimal strings in their unit, as in the API; burn rates are per
// minute, times to a wall in seconds. What is not known is left out.
#pragma once

#include "base/json.h"
#include "cli/top_history.h"
#include "cli/top_snapshot.h"

namespace ringfence::top {

Json model_json(const Snapshot& snapshot, const History& history);

}  // namespace ringfence::top
