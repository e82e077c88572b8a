// SPDX-License-Identifier: Apache-2.0
// Tiles: a Merkle tree cut into files that never change, as c2sp.org/tlog-tiles has it.
//
// A tile spans eight levels of the tree and holds the hashes of their lowest: tile n of level l is
// of the complete subtrees of 256^l leaves with the indices [256 n, 256 (n + 1)), 32 bytes each.
// The last tile of a level may be partial: the prefix that the tree has come to.
//
//   path  = "tile/" ( level / "entries" ) "/" index [ ".p/" width ]
//   level = "0".."7"                      the highest that kTreeSizeMax entries need
//   index = *( "x" 3DIGIT "/" ) 3DIGIT    groups of three digits; no leading group is 000
//   width = "1".."255"                    hashes (or entries) of a partial tile
//
// Contract: pure. A path has one spelling.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "base/result.h"

namespace ringfence::audit {

inline constexpr int kTileHeight = 8;        // levels of the tree
inline constexpr unsigned kTileWidth = 256;  // hashes
inline constexpr int kTileLevelMax = 7;
inline constexpr std::size_t kTilePathBytesMax = 64;

struct TileId {
  int level = 0;
  std::uint64_t n = 0;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

struct TilePath {
  TileId id;
  unsigned width = kTileWidth;
  bool entries = false;  // the bundle of entries under level 0, see bundle.h
  friend bool operator==(const TilePath&, const TilePath&) = default;
};

// "tile/0/x001/234.p/7", to be appended to a prefix that ends in "/".
std::string format_tile_path(const TilePath& path);
// Errors: `invalid`.
Result<TilePath> parse_tile_path(std::string_view path);

// How many hashes of the tile a tree of that size has; 0 where it does not reach.
unsigned tile_width(TileId id, std::uint64_t tree_size);

// The hashes of a tile, 32 bytes each, from its first on: all that the store has of it.
using TileAt = std::function<Result<std::string>(TileId)>;

// Hashes of complete subtrees from the tiles over them. Errors: those of `tile_at`; `unverifiable`
// where a tile is shorter than what is asked for, or no whole number of hashes.
HashAt hashes_in_tiles(TileAt tile_at);

}  // namespace ringfence::audit
