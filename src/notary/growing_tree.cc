// SPDX-License-Identifier: Apache-2.0
#include "notary/growing_tree.h"

#include <utility>

namespace ringfence::notary {

using audit::kTileHeight;
using audit::kTileWidth;

Result<GrowingTree> GrowingTree::load(std::uint64_t size, const audit::TileAt& tile_at) {
  GrowingTree tree;
  auto edge = audit::RightEdge::load(size, audit::hashes_in_tiles(tile_at));
  if (!edge) return std::unexpected(edge.error());
  tree.edge_ = *std::move(edge);
  for (int level = 0; level <= audit::kTileLevelMax; ++level) {
    const audit::TileId id{level, (size >> (kTileHeight * level)) / kTileWidth};
    const unsigned width = audit::tile_width(id, size);
    if (width == 0) continue;
    auto hashes = tile_at(id);
    if (!hashes) return std::unexpected(hashes.error());
    if (hashes->size() < width * sizeof(audit::Hash)) {
      return fail(ErrorCode::unverifiable, "a tile is shorter than its tree",
                  audit::format_tile_path({.id = id}));
    }
    hashes->resize(width * sizeof(audit::Hash));
    tree.last_[static_cast<std::size_t>(level)] = *std::move(hashes);
  }
  return tree;
}

void GrowingTree::append(std::string_view line) {
  edge_.append(audit::leaf_hash(line), [this](audit::NodeId node, const audit::Hash& hash) {
    if (node.level % kTileHeight != 0) return;
    const int level = node.level / kTileHeight;
    std::string& hashes = last_[static_cast<std::size_t>(level)];
    hashes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
    changed_[{level, node.index / kTileWidth}] = hashes;
    if (hashes.size() == kTileWidth * sizeof(audit::Hash)) hashes.clear();
  });
}

std::vector<TileRow> GrowingTree::take_changed() {
  std::vector<TileRow> rows;
  rows.reserve(changed_.size());
  for (auto& [id, hashes] : changed_) rows.push_back({id, std::move(hashes)});
  changed_.clear();
  return rows;
}

}  // namespace ringfence::notary
