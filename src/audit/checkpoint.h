// SPDX-License-Identifier: Apache-2.0
// Checkpoint: which tree a log commits to (c2sp.org/tlog-checkpoint); the text of a signed note.
//
//   checkpoint = origin LF size LF root LF *( extension LF )
//   origin     = the log's name, not empty; a key name (vkey.h) for what is made here
//   size       = entries, decimal without leading zeros
//   root       = base64 of 32 bytes
//   extension  = 1*char              read over; none is written, as nothing checks them
//
// Contract: values; pure. A checkpoint of no entries has the empty root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "audit/note.h"
#include "base/result.h"

namespace ringfence::audit {

struct Checkpoint {
  std::string origin;
  TreeHead head;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string format_checkpoint(const Checkpoint& checkpoint);
// Of a note's text. Errors: `invalid`; `unverifiable` (no entries, and another root).
Result<Checkpoint> parse_checkpoint(std::string_view text);

struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;
  std::vector<NoteSignature> verified;  // what verify_note says
};

// A checkpoint whose log is among the verifiers: a key of the origin's name has signed it, and none
// that cosigns, for a witness may have any name. Errors: those of parse_note, parse_checkpoint and
// verify_note; `unverifiable` without that signature.
Result<SignedCheckpoint> open_checkpoint(std::string_view note, const NoteVerifiers& verifiers);

}  // namespace ringfence::audit
