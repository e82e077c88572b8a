// SPDX-License-Identifier: Apache-2.0
// Store: the signed record's tree and its checkpoints, in `DIR/audit.db` beside the journal.
//
// Contract: one thread for each object; one object writes, any number read, in other processes
// too. What one `commit` writes is durable when it returns (WAL, synchronous=FULL), all of it or
// nothing: a checkpoint never stands there without the tiles that it commits to. Everything but the
// checkpoints can be made again from the journal; they say what has been signed, so none of the
// newest kCheckpointsKept is ever removed. Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/tiles.h"
#include "base/bytes.h"
#include "base/result.h"

namespace ringfence::notary {

inline constexpr const char* kStoreName = "audit.db";
inline constexpr const char* kWitnessedName = "witnessed";
inline constexpr std::int64_t kCheckpointsKept = 10'000;

struct TileRow {
  audit::TileId id;
  std::string hashes;  // from the tile's first on
};

struct CheckpointRow {
  audit::TreeHead tree;
  Digest head{};     // SHA-256 of the last line
  std::string note;  // as it was published, with the cosignatures that came since
};

enum class Access : std::uint8_t { write, read };

class Store {
 public:
  static bool exists(const std::string& data_dir);
  // With `write` it is made when there is none. Errors: `not_found`, `unavailable`, `unverifiable`
  // (damaged, or of another version).
  static Result<std::unique_ptr<Store>> open(const std::string& data_dir, Access access);
  virtual ~Store() = default;

  // Values of the installation: "public_key", "witnessed". Empty: not set.
  virtual Result<std::string> value(std::string_view name) = 0;
  virtual Result<void> set_value(std::string_view name, std::string_view value) = 0;

  virtual Result<std::optional<CheckpointRow>> newest() = 0;
  // None: there is no checkpoint of that size, or it was removed.
  virtual Result<std::optional<CheckpointRow>> checkpoint(std::uint64_t size) = 0;
  // What is there of a tile; empty when there is none.
  virtual Result<std::string> tile(audit::TileId id) = 0;

  // Errors leave the store as it was.
  virtual Result<void> commit(std::span<const TileRow> tiles, const CheckpointRow* checkpoint) = 0;

  // The size of the newest checkpoint that enough witnesses have cosigned; 0: none.
  Result<std::uint64_t> witnessed();

  audit::TileAt tile_at() {
    return [this](audit::TileId id) { return tile(id); };
  }
};

}  // namespace ringfence::notary
