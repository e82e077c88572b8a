// SPDX-License-Identifier: Apache-2.0
// print_env: `run --print-env`: a run for what `run` cannot start, as variables on stdout.
//
// Contract: stdout is for `eval` (or JSON) and carries the run's credential, never an operator's;
// what people read goes to stderr. When stdout cannot take it all the caller ends the run.
// Limitations: nothing supervises what takes the variables: ending the run takes its credential
// away and ends no process.
#pragma once

#include "base/json.h"
#include "cli/options.h"
#include "run/environment.h"

namespace ringfence {

// `run` is the answer to POST /api/v1/runs. Errors: `unavailable` (stdout).
Result<void> print_environment(const RunOptions& options, const Json& run,
                               const std::vector<std::string>& inherited,
                               const ChildAccess& access);

}  // namespace ringfence
