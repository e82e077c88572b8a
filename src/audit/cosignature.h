// SPDX-License-Identifier: Apache-2.0
// Cosignatures (c2sp.org/tlog-cosignature, Ed25519, type 0x04): what a witness says about a log,
// and when.
//
//   signature = time ed25519           time: seconds since the Unix epoch, 8 bytes, big-endian,
//                                      at most 2^63 - 1; ed25519: 64 bytes, over
//   message   = "cosignature/v1" LF "time " time LF checkpoint      time: decimal
//
// It says that at that time the tree was the largest that the witness had seen of this log, and
// that it begins with every smaller one it had seen before.
//
// Contract: pure and thread-safe. The time is the caller's; whether it is plausible is too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/note.h"
#include "base/ed25519.h"
#include "base/time.h"

namespace ringfence::audit {

class Cosigner {
 public:
  // The name must be valid.
  Cosigner(std::string_view name, Ed25519PrivateKey key);
  const Vkey& vkey() const { return vkey_; }
  // Over a checkpoint's whole text, extensions and all, from 1970 on.
  NoteSignature cosign(std::string_view checkpoint_text, Time now) const;

 private:
  Ed25519PrivateKey key_;
  Vkey vkey_;
};

// Of a signature's bytes; to the second. A time past what Time holds is Time::max().
std::optional<Time> cosignature_time(std::string_view signature);

// The verifier of whichever key is known here. Errors: `invalid` (another type, malformed).
Result<std::shared_ptr<const NoteVerifier>> make_verifier(const Vkey& vkey);

}  // namespace ringfence::audit
