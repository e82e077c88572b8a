// SPDX-License-Identifier: Apache-2.0
// The start check: a node goes on only from a record that contradicts nothing it once signed.
//
// Contract: reads only, and needs no lock; run before anything is appended. What is checked:
//   * with the newest checkpoint in `audit.db`, at its size: the journal's line there has the hash
//     that was stored with it. That line's `prev` commits to every line before it, so it stands for
//     all of them once the journal's own chain is checked (which its replay does);
//   * the tiles in `audit.db` have that checkpoint's root, and our key has signed it;
//   * with an anchor, the checkpoint in that file: the line at its size is in its tree, by a proof
//     from the tiles; without them the root is computed from the lines, about a second a million.
// A directory without `audit.db` and `audit.key` is one of an earlier version, or new: nothing was
// signed there. One without `audit.db` alone forgot what it signed, and goes on only where the
// anchor agrees with its journal.
#pragma once

#include <string>

#include "base/result.h"

namespace ringfence::notary {

// `anchor` may be empty. Errors: `unverifiable`, `invalid` (the anchor's place), `unavailable`; the
// sentence says what happened and what to do.
Result<void> check_start(const std::string& data_dir, const std::string& anchor);

}  // namespace ringfence::notary
