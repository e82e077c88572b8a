// SPDX-License-Identifier: Apache-2.0
// Held heads: tree heads of a record that others keep, as files of theirs.
//
// Contract: blocking reads, bounded. Nothing is believed of a checkpoint that none of the given
// keys has signed.
#pragma once

#include <string>
#include <string_view>

#include "audit/note.h"
#include "base/result.h"
#include "evidence/verifier.h"

namespace ringfence::evidence {

// A signed checkpoint. Errors: `not_found`, `invalid`, `unverifiable`.
Result<HeldHead> held_by_checkpoint(const std::string& path, const audit::NoteVerifiers& log);

}  // namespace ringfence::evidence
