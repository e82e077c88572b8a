// SPDX-License-Identifier: Apache-2.0
// Writes a log as tiles, for tests/e2e/test_tlog.py.
//
//   tlog_writer DIR ORIGIN SEED FORK SIZE...
//
// SEED is a character, 32 times the key's seed. The entry with the number FORK is another than in
// the log without ("-"). For each SIZE, in rising order, DIR gets the tiles and bundles of a tree
// of that size and `checkpoint.SIZE`; of the last also `checkpoint`; and `vkey`.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "audit/bundle.h"
#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "audit/note_ed25519.h"
#include "audit/tiles.h"

namespace {

using namespace ringfence::audit;

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) {
    std::cerr << "cannot write " << path << '\n';
    std::exit(2);
  }
}

std::string entry_of(std::uint64_t number, bool forked) {
  return fmt::format(R"({{"seq":{},"kind":"settle","run":"r_{:016x}","note":"{}"}})", number,
                     number * 0x9e3779b97f4a7c15, std::string(number % 400, forked ? 'y' : 'x'));
}

class Log {
 public:
  explicit Log(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void append(std::string_view entry) {
    append_entry(bundle_, entry);
    edge_.append(leaf_hash(entry), [this](NodeId node, const Hash& hash) { complete(node, hash); });
    if (edge_.size() % kTileWidth == 0) write_bundle(edge_.size() / kTileWidth - 1, kTileWidth);
  }
  const RightEdge& edge() const { return edge_; }

  // What is on the right edge.
  void write_partial() {
    for (const auto& [level, tile] : tiles_) write_tile(level, tile);
    if (!bundle_.empty()) {
      write_bundle(edge_.size() / kTileWidth, static_cast<unsigned>(edge_.size() % kTileWidth));
    }
  }

 private:
  struct Tile {
    std::uint64_t n = 0;
    std::string hashes;
  };

  void complete(NodeId node, const Hash& hash) {
    if (node.level % kTileHeight != 0) return;
    const int level = node.level / kTileHeight;
    Tile& tile = tiles_[level];
    tile.hashes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
    if (tile.hashes.size() < kTileWidth * sizeof(Hash)) return;
    write_tile(level, tile);
    tile = {.n = tile.n + 1, .hashes = {}};
  }
  void write_tile(int level, const Tile& tile) const {
    if (tile.hashes.empty()) return;
    const auto width = static_cast<unsigned>(tile.hashes.size() / sizeof(Hash));
    write_file(directory_ / format_tile_path({.id = {level, tile.n}, .width = width}), tile.hashes);
  }
  void write_bundle(std::uint64_t n, unsigned width) {
    write_file(directory_ / format_tile_path({.id = {0, n}, .width = width, .entries = true}),
               bundle_);
    if (width == kTileWidth) bundle_.clear();
  }

  std::filesystem::path directory_;
  RightEdge edge_;
  std::map<int, Tile> tiles_;  // by level, each the last one
  std::string bundle_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "tlog_writer DIR ORIGIN SEED FORK SIZE...\n";
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  const std::string origin = argv[2];
  const std::string seed(ringfence::kEd25519SeedBytes, argv[3][0]);
  const std::string fork = argv[4];
  const auto signer = std::make_shared<Ed25519Signer>(
      origin, ringfence::Ed25519PrivateKey::from_seed(seed).value());
  write_file(directory / "vkey", format_vkey(signer->vkey()) + '\n');

  Log log(directory);
  std::string note;
  for (int i = 5; i < argc; ++i) {
    const std::uint64_t size = std::stoull(argv[i]);
    while (log.edge().size() < size) {
      const std::uint64_t number = log.edge().size();
      log.append(entry_of(number, fork == std::to_string(number)));
    }
    log.write_partial();
    note = format_note(sign_note(format_checkpoint({origin, log.edge().head()}), {signer}));
    write_file(directory / fmt::format("checkpoint.{}", argv[i]), note);
  }
  write_file(directory / "checkpoint", note);
}
