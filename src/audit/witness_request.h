// SPDX-License-Identifier: Apache-2.0
// Witness request: the body of `add-checkpoint`, by which a log asks a witness to cosign
// (c2sp.org/tlog-witness), and whether its proof is one.
//
//   body  = "old " size LF *63( hash LF ) LF checkpoint
//   size  = of the checkpoint that the witness cosigned last; 0 for none
//   hash  = of the consistency proof from there to the checkpoint; base64 of 32 bytes
//
// Contract: values; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kWitnessProofHashesMax = 63;
inline constexpr std::size_t kWitnessRequestBytesMax = kNoteBytesMax + 4096;

struct WitnessRequest {
  std::uint64_t old_size = 0;
  Proof proof;
  std::string checkpoint;  // the signed note as it came
  friend bool operator==(const WitnessRequest&, const WitnessRequest&) = default;
};

std::string format_witness_request(const WitnessRequest& request);
// The checkpoint is not looked at. Errors: `invalid`, `too_large`.
Result<WitnessRequest> parse_witness_request(std::string_view body);

// Whether a witness whose last head of this log is `latest` (the default for none) may cosign
// `submitted`, the request's checkpoint once its signature holds. Errors, and what a witness
// answers: `invalid` (400), `conflict` (409, with the size of `latest`), `unverifiable` (422).
Result<void> check_growth(const TreeHead& latest, const WitnessRequest& request,
                          const TreeHead& submitted);

}  // namespace ringfence::audit
