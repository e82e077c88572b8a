// SPDX-License-Identifier: Apache-2.0
// Exported: what an auditor does with the folder of exporter.h.
//
// Contract: blocking. Every file that the manifest names is there and has its digest; the lines are
// those that its checkpoints commit to. The key that lies in the folder is the folder's own word,
// and the log's signature its keeper's: only witnesses whose keys are from elsewhere make a
// checkpoint in it one of others.
#pragma once

#include <string>
#include <vector>

#include "evidence/held.h"
#include "evidence/verifier.h"

namespace ringfence::evidence {

bool is_exported(const std::string& folder);

// `trust`: keys from elsewhere, may be none. Errors: `unavailable`, `not_found`.
Result<Verification> verify_exported(const std::string& folder, const Trust& trust,
                                     std::vector<HeldHead> held);

}  // namespace ringfence::evidence
