// SPDX-License-Identifier: Apache-2.0
#include "notary/anchor.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"

namespace ringfence::notary {

namespace fs = std::filesystem;

Result<void> check_anchor_place(const std::string& anchor, const std::string& data_dir) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(anchor, error);
  const fs::path folder = error ? fs::path() : fs::weakly_canonical(data_dir, error);
  if (error) return invalid("cannot be looked at: " + error.message(), anchor);
  const auto [left, right] =
      std::mismatch(folder.begin(), folder.end(), place.begin(), place.end());
  if (left != folder.end()) return {};
  return invalid(
      "lies in the data directory and would be rolled back with it; name a file elsewhere, best on "
      "another machine's disk",
      anchor);
}

Result<std::optional<audit::Checkpoint>> read_anchor(const std::string& anchor, const Key& key) {
  const auto text = read_file(anchor, audit::kNoteBytesMax);
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto unsigned_by_us = [&](const Error& error) {
    return fail(ErrorCode::unverifiable,
                "holds no checkpoint that this installation signed (" + error.message + ")",
                anchor);
  };
  const auto note = audit::parse_note(*text);
  if (!note) return unsigned_by_us(note.error());
  const auto named = audit::parse_checkpoint(note->text);
  if (!named) return unsigned_by_us(named.error());
  if (!audit::valid_key_name(named->origin)) {
    return unsigned_by_us({ErrorCode::invalid, "its origin is no key's name", {}});
  }
  const auto checked = audit::open_checkpoint(*text, key.verifiers(named->origin));
  if (!checked) return unsigned_by_us(checked.error());
  return checked->checkpoint;
}

Result<void> write_anchor(const std::string& anchor, const std::string& note) {
  // Everybody may read it: it proves something to whoever holds it.
  return write_file_atomic(anchor, note, 0644);
}

}  // namespace ringfence::notary
