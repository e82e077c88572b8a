// SPDX-License-Identifier: Apache-2.0
// Exported: what an auditor does with the folder of exporter.h.
//
// Contract: blocking. The folder has what the manifest names, with its digests, and nothing else,
// all of it plain files; the lines are those that its checkpoints commit to; all else is what this
// version of Ringfence makes of the lines, and each receipt proves its event. The key that lies in
// the folder is the folder's own word, and the log's signature its keeper's: only witnesses whose
// keys are from elsewhere make a checkpoint in it one of others.
// Limitations: nobody else may write to the folder meanwhile.
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
