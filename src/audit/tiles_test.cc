// SPDX-License-Identifier: Apache-2.0
#include "audit/tiles.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ringfence::audit {
namespace {

TEST(TilePath, BothWays) {
  const std::pair<TilePath, const char*> rows[] = {
      {{.id = {0, 0}}, "tile/0/000"},
      {{.id = {0, 999}}, "tile/0/999"},
      {{.id = {0, 1000}}, "tile/0/x001/000"},
      {{.id = {1, 1'234'067}}, "tile/1/x001/x234/067"},
      {{.id = {7, 1}, .width = 1}, "tile/7/001.p/1"},
      {{.id = {0, 273}, .width = 112}, "tile/0/273.p/112"},
      {{.id = {0, 1000}, .width = 255}, "tile/0/x001/000.p/255"},
      {{.id = {0, 273}, .width = 112, .entries = true}, "tile/entries/273.p/112"},
      {{.id = {0, 1'000'000}, .entries = true}, "tile/entries/x001/x000/000"},
      {{.id = {0, kTreeSizeMax >> 8}}, "tile/0/x036/x028/x797/x018/x963/967"},
  };
  for (const auto& [path, text] : rows) {
    EXPECT_EQ(format_tile_path(path), text);
    const auto parsed = parse_tile_path(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(*parsed, path) << text;
  }
}

TEST(TilePath, NoOtherSpelling) {
  for (const char* text : {"",
                           "tile",
                           "tile/",
                           "/tile/0/000",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/1000",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/x001/00",
                           "tile/0/001/000",
                           "tile/0/x000/001",
                           "tile/0/xx01/000",
                           "tile/0/x001/x000",
                           "tile/0/x001//000",
                           "tile/0/-01",
                           "tile/0/+01",
                           "tile/0/00a",
                           "tile/0/000/",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/01",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1 ",
                           "tile/0/000.p/-1",
                           "tile/0/000.p/1/",
                           "tile/0/000p/1",
                           "tile/00/000",
                           "tile/01/000",
                           "tile/8/000",
                           "tile/63/000",
                           "tile/-1/000",
                           "tile//000",
                           "tile/Entries/000",
                           "tile/entries0/000",
                           "tile/0/../0/000",
                           "tile/0/x036/x028/x797/x018/x963/968",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999"}) {
    const auto path = parse_tile_path(text);
    ASSERT_FALSE(path.has_value()) << text;
    EXPECT_EQ(path.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(parse_tile_path(std::string_view("tile/0/000\0", 11)));
}

TEST(TileWidth, OfSeventyThousand) {  // the example of tlog-tiles
  constexpr std::uint64_t kSize = 70'000;
  EXPECT_EQ(tile_width({0, 0}, kSize), 256U);
  EXPECT_EQ(tile_width({0, 272}, kSize), 256U);
  EXPECT_EQ(tile_width({0, 273}, kSize), 112U);
  EXPECT_EQ(tile_width({0, 274}, kSize), 0U);
  EXPECT_EQ(tile_width({1, 0}, kSize), 256U);
  EXPECT_EQ(tile_width({1, 1}, kSize), 17U);
  EXPECT_EQ(tile_width({1, 2}, kSize), 0U);
  EXPECT_EQ(tile_width({2, 0}, kSize), 1U);
  EXPECT_EQ(tile_width({2, 1}, kSize), 0U);
  EXPECT_EQ(tile_width({3, 0}, kSize), 0U);
  EXPECT_EQ(tile_width({0, 0}, 0), 0U);
  EXPECT_EQ(tile_width({0, 1}, 256), 0U);
  EXPECT_EQ(tile_width({1, 0}, 256), 1U);
  EXPECT_EQ(tile_width({kTileLevelMax, 0}, kTreeSizeMax), 127U);
}

// A tree's tiles, each as far as the tree has come.
struct Tiles {
  std::map<TileId, std::string> tiles;
  RightEdge edge;

  void append(std::string_view entry) {
    edge.append(leaf_hash(entry), [this](NodeId id, const Hash& hash) {
      if (id.level % kTileHeight != 0) return;
      tiles[{id.level / kTileHeight, id.index / kTileWidth}].append(
          reinterpret_cast<const char*>(hash.data()), hash.size());
    });
  }
  HashAt at() const {
    return hashes_in_tiles([this](TileId id) -> Result<std::string> {
      const auto found = tiles.find(id);
      if (found == tiles.end()) return fail(ErrorCode::not_found, format_tile_path({.id = id}));
      return found->second;
    });
  }
};

TEST(Tiles, HoldWhatEveryProofNeeds) {
  constexpr std::uint64_t kSize = 70'000;
  Tiles store;
  std::map<std::uint64_t, Hash> roots;
  for (std::uint64_t i = 0; i < kSize; ++i) {
    if (i == 46'666 || i == 65'536) roots[i] = store.edge.root();
    store.append(std::to_string(i));
  }
  for (const auto& [id, bytes] : store.tiles) {
    EXPECT_EQ(bytes.size(), tile_width(id, kSize) * sizeof(Hash));
  }
  EXPECT_EQ(store.tiles.size(), 274U + 2 + 1);

  const TreeHead head = store.edge.head();
  const HashAt at = store.at();
  EXPECT_EQ(root_at(kSize, at).value(), head.root);
  EXPECT_EQ(RightEdge::load(kSize, at).value().head(), head);
  for (const std::uint64_t i : {0, 1, 255, 256, 65'535, 65'536, 69'887, 69'888, 69'999}) {
    const auto proof = inclusion_proof(i, kSize, at);
    ASSERT_TRUE(proof.has_value());
    EXPECT_TRUE(verify_inclusion(leaf_hash(std::to_string(i)), i, head, *proof)) << i;
  }
  for (const auto& [size, root] : roots) {
    const auto proof = consistency_proof({size, kSize}, at);
    ASSERT_TRUE(proof.has_value());
    EXPECT_TRUE(verify_consistency({size, root}, head, *proof)) << size;
  }
}

// A tree with more set bits in its size than tiles on its right edge: where a reader that checked
// tiles against each other, and not the proof against the root, has been known to take the lie.
TEST(Tiles, AChangedFullTileLeadsToNoProof) {
  constexpr std::uint64_t kSize = 70'000;
  Tiles store;
  for (std::uint64_t i = 0; i < kSize; ++i) store.append(std::to_string(i));
  const TreeHead head = store.edge.head();
  constexpr std::uint64_t kIndex = 300;
  store.tiles.at({0, 1})[32 * (kIndex % 256)] ^= 1;
  const auto lie = store.at()({0, kIndex});
  ASSERT_TRUE(lie.has_value());  // by itself a tile looks like any other
  const auto proof = inclusion_proof(kIndex, kSize, store.at());
  EXPECT_FALSE(verify_inclusion(*lie, kIndex, head, *proof));
  const auto neighbour = inclusion_proof(kIndex + 1, kSize, store.at());
  EXPECT_FALSE(
      verify_inclusion(leaf_hash(std::to_string(kIndex + 1)), kIndex + 1, head, *neighbour));
}

TEST(Tiles, AreNotShorterThanAsked) {
  Tiles store;
  for (int i = 0; i < 300; ++i) store.append(std::to_string(i));
  const HashAt at = store.at();
  EXPECT_TRUE(at({0, 299}));
  EXPECT_TRUE(at({8, 0}));
  EXPECT_EQ(at({0, 300}).error().code, ErrorCode::unverifiable);
  EXPECT_EQ(at({6, 4}).error().code, ErrorCode::unverifiable);
  EXPECT_EQ(at({0, 512}).error().code, ErrorCode::not_found);
  for (const std::size_t bytes : {31, 33, 8'193, 8'224}) {
    const HashAt odd = hashes_in_tiles([&](TileId) { return std::string(bytes, 'x'); });
    EXPECT_EQ(odd({0, 0}).error().code, ErrorCode::unverifiable) << bytes;
  }
}

}  // namespace
}  // namespace ringfence::audit
