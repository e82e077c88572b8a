// SPDX-License-Identifier: Apache-2.0
// Held heads: tree heads of a record that were signed once, wherever they are kept.
//
// Contract: blocking reads, bounded. Nothing is believed of a checkpoint that the log's key has not
// signed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "base/result.h"
#include "evidence/verifier.h"
#include "notary/key.h"

namespace ringfence::evidence {

// Whose signatures are believed: the keys that somebody named, logs' and witnesses', and that of
// the data directory, whatever its log's name was.
class Trust {
 public:
  // Errors: `invalid` (no such key).
  static Result<Trust> of(const std::vector<std::string>& vkeys);
  // The key of a data directory, where there is one. Errors: those of notary::Key.
  Result<void> add_own(const std::string& data_dir);
  // So many witnesses must have signed a checkpoint to vouch for it; 1 unless it is said.
  void ask_for_witnesses(std::int64_t count) { witnesses_ = std::max<std::int64_t>(1, count); }

  bool empty() const { return named_.empty() && !own_; }
  bool named_any() const { return !named_.empty(); }
  // For a checkpoint of this log.
  audit::NoteVerifiers verifiers(const std::string& origin) const;
  std::int64_t witnesses() const { return witnesses_; }

 private:
  audit::NoteVerifiers named_;
  std::int64_t witnesses_ = 1;
  std::optional<notary::Key> own_;
};

// A signed checkpoint as a text; `source` says whence it is. Its head is one of others where
// `elsewhere` says so, and where as many witnesses have cosigned it as are asked for: keys
// of witnesses, not of other logs. Errors: `invalid`, `unverifiable`.
Result<HeldHead> held_by_note(std::string_view note, const Trust& trust, std::string source,
                              bool elsewhere);
// Files that somebody else keeps: a checkpoint, or a receipt (.tlog-proof) with one in it, and with
// the event it is for. Errors also: `not_found`, `unavailable`.
Result<HeldHead> held_by_checkpoint(const std::string& path, const Trust& trust);
Result<HeldHead> held_by_receipt(const std::string& path, const Trust& trust);
// What the data directory itself last signed; none where nothing was. An older one that was
// cosigned vouches for nothing: an old copy of the directory has it, too.
Result<std::optional<HeldHead>> held_by_directory(const std::string& data_dir, const Trust& trust);

}  // namespace ringfence::evidence
