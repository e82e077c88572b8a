// SPDX-License-Identifier: Apache-2.0
// Receipt: what a run used, where it stood against its walls, and whether the record holds.
//
// Contract: reads the API and the record; prints to stderr, as text or JSON, once, at the end:
// stdout is the command's alone.
#pragma once

#include <string>

#include "cli/api_client.h"
#include "cli/options.h"
#include "cli/supervisor.h"

namespace ringfence {

void print_receipt(ApiClient& client, const RunOptions& options, const std::string& run_id,
                   const SupervisedEnd& end);

}  // namespace ringfence
