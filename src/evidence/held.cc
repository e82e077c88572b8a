// SPDX-License-Identifier: Apache-2.0
#include "evidence/held.h"

#include "audit/checkpoint.h"
#include "base/file.h"

namespace ringfence::evidence {

Result<HeldHead> held_by_checkpoint(const std::string& path, const audit::NoteVerifiers& log) {
  const auto note = read_file(path, audit::kNoteBytesMax);
  if (!note) return std::unexpected(note.error());
  auto opened = audit::open_checkpoint(*note, log);
  if (!opened) return fail(opened.error().code, opened.error().message, path);
  return HeldHead{opened->checkpoint.head, "the checkpoint " + path, true};
}

}  // namespace ringfence::evidence
