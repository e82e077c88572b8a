// SPDX-License-Identifier: Apache-2.0
#include "notary/growing_tree.h"

#include <gtest/gtest.h>

#include <map>

namespace ringfence::notary {
namespace {

std::string line(std::uint64_t i) { return "line " + std::to_string(i); }

// What a store would have.
struct Tiles {
  std::map<audit::TileId, std::string> rows;

  void take(GrowingTree& tree) {
    for (TileRow& row : tree.take_changed()) rows[row.id] = std::move(row.hashes);
  }
  audit::TileAt tile_at() {
    return [this](audit::TileId id) -> Result<std::string> { return rows[id]; };
  }
};

TEST(GrowingTree, ItsTilesHaveItsRootAtEverySize) {
  Tiles tiles;
  GrowingTree tree;
  std::vector<audit::Hash> leaves;
  for (std::uint64_t i = 0; i < 600; ++i) {
    tree.append(line(i));
    leaves.push_back(audit::leaf_hash(line(i)));
    if (i % 7 == 0) tiles.take(tree);
    if (i % 7 != 0 && i % 100 != 99) continue;
    tiles.take(tree);
    ASSERT_EQ(tree.head(), (audit::TreeHead{i + 1, audit::root_of(leaves)}));
    const auto root = audit::root_at(i + 1, audit::hashes_in_tiles(tiles.tile_at()));
    ASSERT_TRUE(root) << root.error().text();
    EXPECT_EQ(*root, tree.head().root);
  }
}

TEST(GrowingTree, GoesOnFromItsTiles) {
  // Around the widths at which a tile of some level is full.
  for (const std::uint64_t size :
       {0U, 1U, 255U, 256U, 257U, 511U, 512U, 65'535U, 65'536U, 65'537U}) {
    Tiles tiles;
    GrowingTree whole;
    for (std::uint64_t i = 0; i < size; ++i) whole.append(line(i));
    tiles.take(whole);
    auto loaded = GrowingTree::load(size, tiles.tile_at());
    ASSERT_TRUE(loaded) << size << ": " << loaded.error().text();
    EXPECT_EQ(loaded->head(), whole.head());
    for (std::uint64_t i = size; i < size + 300; ++i) {
      whole.append(line(i));
      loaded->append(line(i));
    }
    EXPECT_EQ(loaded->head(), whole.head()) << size;
    Tiles again = tiles;
    tiles.take(whole);
    again.take(*loaded);
    EXPECT_EQ(again.rows, tiles.rows) << size;
  }
}

// A crash between two checkpoints leaves tiles that are wider than the newest one says.
TEST(GrowingTree, TilesThatAreAheadDoNotMatter) {
  Tiles tiles;
  GrowingTree tree;
  for (std::uint64_t i = 0; i < 300; ++i) tree.append(line(i));
  tiles.take(tree);
  auto earlier = GrowingTree::load(280, tiles.tile_at());
  ASSERT_TRUE(earlier);
  for (std::uint64_t i = 280; i < 300; ++i) earlier->append(line(i));
  EXPECT_EQ(earlier->head(), tree.head());
}

TEST(GrowingTree, ATileThatIsTooShortIsFound) {
  Tiles tiles;
  GrowingTree tree;
  for (std::uint64_t i = 0; i < 300; ++i) tree.append(line(i));
  tiles.take(tree);
  tiles.rows[{0, 1}].resize(20 * sizeof(audit::Hash));
  const auto loaded = GrowingTree::load(300, tiles.tile_at());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::unverifiable);
}

}  // namespace
}  // namespace ringfence::notary
