// SPDX-License-Identifier: Apache-2.0
// Tlog proof (c2sp.org/tlog-proof): a receipt that one entry is in a log, which needs nothing else
// but the log's key to be checked.
//
//   proof = "c2sp.org/tlog-proof@v1" LF [ "extra " base64 LF ] "index " number LF
//           *63( hash LF ) LF checkpoint
//   index = the entry's, from 0
//   hash  = of the inclusion proof, from the entry's sibling up; base64 of 32 bytes
//
// Contract: values; pure. `extra` is signed by nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kTlogProofHashesMax = 63;
inline constexpr std::size_t kTlogProofExtraBytesMax = 64 * 1024;  // as base64
inline constexpr std::size_t kTlogProofBytesMax = kNoteBytesMax + kTlogProofExtraBytesMax + 4096;

struct TlogProof {
  std::optional<std::string> extra;  // not empty
  std::uint64_t index = 0;
  Proof inclusion;
  std::string checkpoint;  // the signed note as it came
  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

std::string format_tlog_proof(const TlogProof& proof);
// The checkpoint is not looked at. Errors: `invalid`, `too_large`.
Result<TlogProof> parse_tlog_proof(std::string_view text);

// That the log of the proof's checkpoint has the entry at the proof's index. How many witnesses
// are enough is tlog_policy.h's. Errors: those of open_checkpoint and verify_inclusion.
Result<SignedCheckpoint> verify_tlog_proof(const TlogProof& proof, std::string_view entry,
                                           const NoteVerifiers& verifiers);

}  // namespace ringfence::audit
