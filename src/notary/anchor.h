// SPDX-License-Identifier: Apache-2.0
// Anchor: a file outside the data directory that holds the newest checkpoint, so that a directory
// that was rolled back cannot pass for the newest.
//
// Contract: blocking. The file is a signed note, replaced whole and synced. It is believed as far
// as this installation's key has signed it, under whatever origin it then had. One inside the data
// directory would be rolled back with it, and is refused.
#pragma once

#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "notary/key.h"

namespace ringfence::notary {

// Errors: `invalid`.
Result<void> check_anchor_place(const std::string& anchor, const std::string& data_dir);

// None: there is no file yet. Errors: `unverifiable` (no checkpoint that this key has signed),
// `unavailable`.
Result<std::optional<audit::Checkpoint>> read_anchor(const std::string& anchor, const Key& key);

// Errors: `unavailable`.
Result<void> write_anchor(const std::string& anchor, const std::string& note);

}  // namespace ringfence::notary
