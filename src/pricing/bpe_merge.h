// SPDX-License-Identifier: Apache-2.0
// Byte-pair merging: how many tokens a piece of text becomes.
//
// Contract: the result is that of the textbook loop: of all neighbours whose bytes together are a
// token, the pair of lowest rank is merged first, of several the leftmost, until none is left. A
// piece that is a token as a whole is one.
//
// Time for a piece of n bytes, with k = kTokenBytesMax for one look-up:
//   n <= kSmallPieceBytes     at most n² cheap steps and 3n look-ups, on the stack
//   n <= kChunkBytes          O(n (k + log n)) with a linked list and a heap of pairs
//   larger                    in chunks, O(n (k + log kChunkBytes)): a cut stands where the two
//                             tokens at it, merged alone, keep it (the .cc says why that suffices);
//                             where they do not the chunk is doubled, up to the whole piece
// Memory: 24 bytes for each byte of a chunk, allocated for the first piece above kSmallPieceBytes
// and kept for the next.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pricing/token_ranks.h"

namespace ringfence::bpe {

inline constexpr std::size_t kSmallPieceBytes = 96;
inline constexpr std::size_t kChunkBytes = 2 * 1024;

class Merger {
 public:
  explicit Merger(const RankTable& ranks, std::size_t chunk_bytes = kChunkBytes)
      : ranks_(ranks), chunk_bytes_(chunk_bytes) {}

  std::int64_t count(std::string_view piece);

  // The textbook way over the whole piece, O(n² k): what the tests hold the others against.
  std::int64_t count_plainly(std::string_view piece) const;

 private:
  std::int64_t count_small(std::string_view piece) const;
  std::int64_t count_in_chunks(std::string_view piece);
  void merge(std::string_view bytes, std::vector<std::uint32_t>& starts);
  bool cut_stands(std::string_view pair, std::size_t left_bytes);

  const RankTable& ranks_;
  std::size_t chunk_bytes_;
  // Where the tokens of a merge() begin, and the place after the last.
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> pair_starts_;
  // Scratch of merge(): by place, the token's neighbours and the rank of it with the next one; the
  // rank is the current one only for a place where a token begins.
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> previous_;
  std::vector<Rank> pair_rank_;
  std::vector<std::uint64_t> heap_;  // (rank << 32) | place, least first
};

}  // namespace ringfence::bpe
