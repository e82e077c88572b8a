// SPDX-License-Identifier: Apache-2.0
#include "notary/log_reader.h"

#include <fmt/format.h>

#include "audit/bundle.h"

namespace ringfence::notary {

Result<std::unique_ptr<LogReader>> LogReader::open(const std::string& data_dir) {
  auto store = Store::open(data_dir, Access::read);
  if (!store) return std::unexpected(store.error());
  auto journal = JournalReader::open(data_dir);
  if (!journal) return std::unexpected(journal.error());
  return std::unique_ptr<LogReader>(new LogReader(*std::move(store), *std::move(journal)));
}

Result<std::string> LogReader::tile(const audit::TilePath& path) {
  const auto newest = store_->newest();
  if (!newest) return std::unexpected(newest.error());
  const std::uint64_t size = *newest ? (*newest)->tree.size : 0;
  if (audit::tile_width(path.id, size) < path.width) {
    return fail(ErrorCode::not_found, fmt::format("the tree of {} events has no such tile", size));
  }
  if (path.entries) return bundle(path);
  auto hashes = store_->tile(path.id);
  if (!hashes) return hashes;
  const std::size_t bytes = path.width * sizeof(audit::Hash);
  if (hashes->size() < bytes) {
    return fail(ErrorCode::unverifiable, "a tile is shorter than its tree", kStoreName);
  }
  hashes->resize(bytes);
  return hashes;
}

Result<std::string> LogReader::bundle(const audit::TilePath& path) {
  const auto events = journal_->read(path.id.n * audit::kTileWidth, path.width);
  if (!events) return std::unexpected(events.error());
  if (events->size() != path.width) {
    return fail(ErrorCode::unverifiable, "the journal is shorter than what was signed");
  }
  std::string bundle;
  for (const StoredEvent& event : *events) {
    if (event.line.size() > audit::kEntryBytesMax) {
      return fail(ErrorCode::too_large,
                  fmt::format("event {} was written by an earlier version and is longer than an "
                              "entry of a bundle can be",
                              event.seq));
    }
    audit::append_entry(bundle, event.line);
  }
  return bundle;
}

Result<std::string> LogReader::proof_under(const CheckpointRow& checkpoint, std::uint64_t seq) {
  const std::uint64_t size = checkpoint.tree.size;
  auto hashes = audit::inclusion_proof(seq - 1, size, audit::hashes_in_tiles(store_->tile_at()));
  if (!hashes) return std::unexpected(hashes.error());
  audit::TlogProof proof;
  proof.index = seq - 1;
  proof.inclusion = *std::move(hashes);
  proof.checkpoint = checkpoint.note;
  return audit::format_tlog_proof(proof);
}

Result<std::string> LogReader::proof(std::uint64_t seq) {
  const auto newest = store_->newest();
  if (!newest) return std::unexpected(newest.error());
  const std::uint64_t size = *newest ? (*newest)->tree.size : 0;
  if (seq < 1 || seq > size) {
    return fail(
        ErrorCode::not_found,
        fmt::format("event {} is in no checkpoint; the newest is over {} events", seq, size));
  }
  return proof_under(**newest, seq);
}

// None where it is gone, or of a name that the log had before.
std::optional<CheckpointRow> LogReader::witnessed(const CheckpointRow& newest) {
  const auto size = store_->witnessed();
  if (!size || *size == 0) return std::nullopt;
  auto found = store_->checkpoint(*size);
  if (!found || !*found) return std::nullopt;
  const auto name = [](const CheckpointRow& row) {
    return row.note.substr(0, row.note.find('\n'));
  };
  if (name(**found) != name(newest)) return std::nullopt;
  return *std::move(found);
}

Result<std::string> LogReader::receipt(std::uint64_t seq) {
  const auto newest = store_->newest();
  if (newest && *newest && seq >= 1) {
    const auto under = witnessed(**newest);
    if (under && seq <= under->tree.size) return proof_under(*under, seq);
  }
  return proof(seq);
}

}  // namespace ringfence::notary
