// SPDX-License-Identifier: Apache-2.0
// What the command line says to `witness` (docs/audit.md).
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace ringfence {

struct WitnessCommandOptions {
  ServeOptions port;  // its directory, addresses, certificate and log
  std::string name;
  std::vector<std::string> logs;  // vkeys
  std::string logs_file;          // a tlog-policy
};

int witness_command(const WitnessCommandOptions& options);

}  // namespace ringfence
