// SPDX-License-Identifier: Apache-2.0
// Files read whole and written atomically.
//
// Contract: blocking; for start-up, keys and tools, never on a request's way. A write goes to a
// temporary name of its own in the same folder, is synced (a large one piece by piece, so that
// nobody else's sync waits for all of it), renamed, and the folder synced: after
// success the new content survives a power loss; after an error a reader finds the old content (or
// the new one, where only the last sync failed), never a part. Of writers at once, one wins.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ringfence {

// Errors: `not_found`, `too_large` (over `bytes_max`), `unavailable` (any other system error).
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);
// Of any size. Errors: `not_found`, `unavailable`.
Result<Digest> sha256_of_file(const std::string& path);
// At most so many bytes from its beginning. Errors likewise, but for `too_large`.
Result<std::string> read_file_start(const std::string& path, std::size_t bytes);
Result<void> write_file_atomic(const std::string& path, std::string_view content, mode_t mode);
// The pieces, one after the other.
Result<void> write_file_atomic(const std::string& path, std::span<const std::string_view> pieces,
                               mode_t mode);
// A file or a folder: what is in it survives a power loss. Errors: `not_found`, `unavailable`.
Result<void> sync_path(const std::string& path);
// Creates missing folders with mode 0700. Errors: `unavailable` (also when a file is in the way).
Result<void> make_directories(const std::string& path);

}  // namespace ringfence
