// SPDX-License-Identifier: Apache-2.0
// GrowingTree: the record's Merkle tree as it grows, line by line, and the tiles that change.
//
// Contract: a plain value on one thread; O(1) a line on average. What changed is kept until it is
// taken, 32 bytes a line and a little more; a tile is always told from its first hash on, so that
// writing it twice is harmless.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "notary/store.h"

namespace ringfence::notary {

class GrowingTree {
 public:
  GrowingTree() = default;
  // The tree over the first lines, from its tiles. Errors: those of `tile_at`, `unverifiable`.
  static Result<GrowingTree> load(std::uint64_t size, const audit::TileAt& tile_at);

  void append(std::string_view line);
  std::uint64_t size() const { return edge_.size(); }
  audit::TreeHead head() const { return edge_.head(); }
  std::vector<TileRow> take_changed();

 private:
  audit::RightEdge edge_;
  std::array<std::string, audit::kTileLevelMax + 1> last_;  // by level; empty where it was full
  std::map<audit::TileId, std::string> changed_;
};

}  // namespace ringfence::notary
