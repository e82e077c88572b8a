// SPDX-License-Identifier: Apache-2.0
// Reads a record into a Simulation, and tells what came out, as a table or as JSON.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "policy/policy.h"
#include "whatif/simulation.h"

namespace ringfence {

// What the command line says about which record, and how much of it.
struct RecordChoice {
  std::string against;       // a data directory, or its journal.db
  std::string since, until;  // RFC 3339; empty: all
  int examples = 5;
};

// Reads the whole record, of a running daemon too; on a terminal it says how far it is. Errors:
// those of the journal, `invalid` for a time or a line.
Result<SimulationReport> simulate_record(const RecordChoice& choice,
                                         std::shared_ptr<const Policy> before,
                                         std::shared_ptr<const Policy> after);

void print_simulation(const SimulationReport& report);
Json json_of(const SimulationReport& report);

}  // namespace ringfence
