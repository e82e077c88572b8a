// SPDX-License-Identifier: Apache-2.0
// Before a run: finds the daemon or starts a detached one, and reads what the command line asks.
//
// Contract: two `run`s that start at once end up with one daemon (a lock file decides who starts
// it). The daemon is a session of its own, logs to DIR/daemon.log, and inherits our environment,
// provider keys included; it wipes them once read.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/data_dir.h"
#include "cli/options.h"

namespace ringfence {

// Errors: `invalid` (policy), `conflict` (it runs under another policy), `unavailable`.
Result<DaemonFile> find_or_start_daemon(const RunOptions& options);

// The body of POST /api/v1/runs. Errors: `invalid`, naming the option.
Result<Json> run_request(const RunOptions& options);

// "usd=0.50": unit and amount. Errors: `invalid`.
struct UnitAmount {
  std::string unit, amount;
};
Result<UnitAmount> parse_unit_amount(const std::string& text, const std::string& option);

}  // namespace ringfence
