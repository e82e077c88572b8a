// SPDX-License-Identifier: Apache-2.0
// Secrets and ids that live as small files in the data directory.
//
// Contract: blocking; for start-up only. A file is created with mode 0600 from the first moment and
// is durable before its content is used. One that others than its owner may read or write is
// refused, as ssh does with keys: its secret must be taken as known. Errors name the file, never
// its content: `forbidden` (its mode or its kind), `too_large`, `unavailable`. Limitations: two
// processes that both create are kept apart by the journal's lock, not here.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>

#include "base/result.h"

namespace ringfence::auth {

inline constexpr std::size_t kSecretFileMax = 4 * 1024;  // bytes

Result<std::string> read_secret_file(const std::string& path);

// Whether nobody but its owner may read or write the file; root's own files right in
// $CREDENTIALS_DIRECTORY may be readable by their group.
bool owners_alone(const std::string& path, const struct stat& about);

// Reads the file, or creates it with what `make` gives when there is none.
Result<std::string> read_or_create_secret(const std::string& path,
                                          const std::function<Result<std::string>()>& make);

// The name of this installation, the `aud` of its run credentials: `DIR/installation`, made at
// first start ("inst_" and 80 random bits). Errors also: `invalid` (the file holds something else).
Result<std::string> installation_id(const std::string& data_dir);

// What keys the digests of arguments in the record: `DIR/digest.key`, 32 random bytes as base64url,
// made at first start. Without it nobody can try out what the arguments were. Errors also:
// `invalid` (the file holds something else).
Result<std::string> digest_key(const std::string& data_dir);

}  // namespace ringfence::auth
