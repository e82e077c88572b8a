// SPDX-License-Identifier: Apache-2.0
#include "audit/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/lines.h"
#include "base/ensure.h"

namespace ringfence::audit {

std::string format_checkpoint(const Checkpoint& checkpoint) {
  RF_ENSURE(valid_key_name(checkpoint.origin), "an origin is the name of its log's key");
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.head.size,
                     format_hash(checkpoint.head.root));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (!plain_text(text)) return invalid("a checkpoint is UTF-8 without control characters");
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!root_line) return invalid("a checkpoint has an origin, a size and a root");
  if (origin->empty()) return invalid("a checkpoint's origin is not empty", "line 1");
  const auto size = parse_number(*size_line);
  if (!size) return invalid("a tree's size is a decimal number", "line 2");
  const auto root = parse_hash(*root_line);
  if (!root) return invalid("a root is the base64 of 32 bytes", "line 3");
  if (*size == 0 && *root != empty_root()) {
    return fail(ErrorCode::unverifiable, "a tree of no entries has the root of none", "line 3");
  }
  while (!text.empty()) {
    const auto extension = take_line(text);
    if (!extension || extension->empty()) {
      return invalid("a checkpoint's further lines are not empty, and each is ended");
    }
  }
  return Checkpoint{.origin = std::string(*origin), .head = {*size, *root}};
}

Result<SignedCheckpoint> open_checkpoint(std::string_view text, const NoteVerifiers& verifiers) {
  auto note = parse_note(text);
  if (!note) return std::unexpected(std::move(note.error()));
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return std::unexpected(std::move(checkpoint.error()));
  auto verified = verify_note(*note, verifiers);
  if (!verified) return std::unexpected(std::move(verified.error()));
  const auto of_log = [&](const Vkey& vkey) {
    return vkey.name == checkpoint->origin && !is_cosigner(vkey.type);
  };
  const bool by_log = std::ranges::any_of(*verified, [&](const NoteSignature& signature) {
    return std::ranges::any_of(verifiers, [&](const auto& verifier) {
      return of_log(verifier->vkey()) && signature.by(verifier->vkey());
    });
  });
  if (!by_log) {
    return fail(ErrorCode::unverifiable, "no known key of the checkpoint's log has signed it");
  }
  return SignedCheckpoint{*std::move(checkpoint), *std::move(note), *std::move(verified)};
}

}  // namespace ringfence::audit
