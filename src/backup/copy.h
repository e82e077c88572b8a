// SPDX-License-Identifier: Apache-2.0
// Copies of files and of live databases.
//
// Contract: blocking. The copy is new, 0600 and durable when the function returns; its folder's
// entry is made durable by sync_path. Errors: `not_found`, `conflict` (there is such a file),
// `unverifiable` (a damaged database), `unavailable`.
#pragma once

#include <string>

#include "base/result.h"

namespace ringfence::backup {

// As of one moment, while another process goes on writing.
Result<void> copy_database(const std::string& from, const std::string& to);
Result<void> copy_file(const std::string& from, const std::string& to);

}  // namespace ringfence::backup
