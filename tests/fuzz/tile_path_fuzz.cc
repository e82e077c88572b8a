// SPDX-License-Identifier: Apache-2.0
// Paths of tiles: each has one spelling.
#include <cstddef>
#include <cstdint>

#include "audit/tiles.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = parse_tile_path(text);
  if (!path) return 0;
  RF_ENSURE(format_tile_path(*path) == text, "a path has one spelling");
  RF_ENSURE(path->width >= 1 && path->width <= kTileWidth, "a tile is neither empty nor too wide");
  RF_ENSURE(tile_width(path->id, kTreeSizeMax) <= kTileWidth, "of every tile there is a width");
  return 0;
}
