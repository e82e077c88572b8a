// SPDX-License-Identifier: Apache-2.0
// Memory: the newest head of each log that this witness has cosigned, in `DIR/witness.db`.
//
// Contract: one thread for each object; any number of them, in other processes too. `advance` looks
// and writes in one transaction, and what it wrote is durable when it returns (WAL,
// synchronous=FULL): of two requests that start from one head, one wins. A damaged database is an
// error, never begun anew: a witness that forgot could cosign a second tree. Format:
// docs/formats.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "base/result.h"

namespace ringfence::witness {

inline constexpr const char* kMemoryName = "witness.db";

class Memory {
 public:
  // Made when there is none. Errors: `unavailable`, `unverifiable` (damaged, of another version).
  static Result<std::unique_ptr<Memory>> open(const std::string& dir);
  virtual ~Memory() = default;

  // The witness's public key; empty: not set.
  virtual Result<std::string> public_key() = 0;
  virtual Result<void> set_public_key(std::string_view key) = 0;
  // Whether nothing was ever cosigned.
  virtual Result<bool> empty() = 0;

  // The default head where nothing of the log was cosigned.
  virtual Result<audit::TreeHead> latest(std::string_view origin) = 0;
  // From `from`, which must still be the latest, to `to`, with the checkpoint that says so. Errors
  // leave it as it was: `conflict` (another one is the latest), `unavailable`.
  virtual Result<void> advance(std::string_view origin, const audit::TreeHead& from,
                               const audit::TreeHead& to, std::string_view checkpoint) = 0;
  // A checkpoint that its log signed, of the size of the latest and with another root: with the one
  // that was cosigned, which is kept beside it, the proof that the log shows two trees. The first
  // one of a size is kept. False: one was there, or there are a hundred of this log.
  virtual Result<bool> keep_contradiction(std::string_view origin, const audit::TreeHead& head,
                                          std::string_view checkpoint) = 0;
};

}  // namespace ringfence::witness
