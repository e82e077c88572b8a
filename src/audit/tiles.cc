// SPDX-License-Identifier: Apache-2.0
#include "audit/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "audit/lines.h"

namespace ringfence::audit {
namespace {

constexpr std::string_view kRoot = "tile/";
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr std::uint64_t kIndexMax = kTreeSizeMax >> kTileHeight;

std::unexpected<Error> no_tile() { return invalid("no such path can be a tile's"); }

bool take(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

// "x001/x234/067"; what comes behind stays in `rest`.
std::optional<std::uint64_t> take_index(std::string_view& rest) {
  std::uint64_t index = 0;
  for (bool first = true;; first = false) {
    const bool more = take(rest, "x");
    if (rest.size() < 3) return std::nullopt;
    for (int i = 0; i < 3; ++i) {
      const char digit = rest[static_cast<std::size_t>(i)];
      if (digit < '0' || digit > '9') return std::nullopt;
      index = index * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    rest.remove_prefix(3);
    if (index > kIndexMax) return std::nullopt;  // a thousandfold of it still fits in 64 bits
    if (!more) return index;
    if ((first && index == 0) || !take(rest, "/")) return std::nullopt;
  }
}

}  // namespace

std::string format_tile_path(const TilePath& path) {
  RF_ENSURE(path.width >= 1 && path.width <= kTileWidth, "a tile has 1 to 256 hashes");
  std::string index = fmt::format("{:03}", path.id.n % 1000);
  for (std::uint64_t rest = path.id.n / 1000; rest > 0; rest /= 1000) {
    index.insert(0, fmt::format("x{:03}/", rest % 1000));
  }
  std::string text(kRoot);
  text += path.entries ? std::string(kEntries) : std::to_string(path.id.level);
  text += '/';
  text += index;
  if (path.width < kTileWidth) text.append(kPartial).append(std::to_string(path.width));
  return text;
}

Result<TilePath> parse_tile_path(std::string_view text) {
  TilePath path;
  if (text.size() > kTilePathBytesMax || !take(text, kRoot)) return no_tile();
  path.entries = take(text, kEntries);
  if (!path.entries) {
    if (text.empty() || text[0] < '0' || text[0] > '0' + kTileLevelMax) return no_tile();
    path.id.level = text[0] - '0';
    text.remove_prefix(1);
  }
  if (!take(text, "/")) return no_tile();
  const auto index = take_index(text);
  if (!index) return no_tile();
  path.id.n = *index;
  if (text.empty()) return path;
  if (!take(text, kPartial)) return no_tile();
  const auto width = parse_number(text);
  if (!width || *width == 0 || *width >= kTileWidth) return no_tile();
  path.width = static_cast<unsigned>(*width);
  return path;
}

unsigned tile_width(TileId id, std::uint64_t tree_size) {
  const std::uint64_t hashes = tree_size >> (kTileHeight * id.level);
  const std::uint64_t full = hashes / kTileWidth;
  if (id.n < full) return kTileWidth;
  return id.n == full ? static_cast<unsigned>(hashes % kTileWidth) : 0;
}

HashAt hashes_in_tiles(TileAt tile_at) {
  return [tile_at = std::move(tile_at)](NodeId node) -> Result<Hash> {
    // The subtree is 2^height hashes of its tile, from `first` on.
    const int height = node.level % kTileHeight;
    const std::uint64_t position = node.index << height;
    const TileId id{node.level / kTileHeight, position / kTileWidth};
    const std::size_t first = position % kTileWidth;
    const std::size_t count = std::size_t{1} << height;
    const auto tile = tile_at(id);
    if (!tile) return std::unexpected(tile.error());
    if (tile->size() % sizeof(Hash) != 0 || tile->size() > kTileWidth * sizeof(Hash) ||
        tile->size() < (first + count) * sizeof(Hash)) {
      return fail(ErrorCode::unverifiable, "a tile has not the hashes that its tree has there",
                  format_tile_path({.id = id}));
    }
    Proof hashes(count);
    const std::string_view bytes =
        std::string_view(*tile).substr(first * sizeof(Hash), count * sizeof(Hash));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hashes.data()));
    return root_of(hashes);
  };
}

}  // namespace ringfence::audit
