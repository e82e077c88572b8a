// SPDX-License-Identifier: Apache-2.0
// The ranks of a byte-pair vocabulary: which byte strings are tokens, and which are merged first.
//
// Contract: a view of a table that tools/token-ranks made at build time and that lies read-only in
// the program (o200k_base 4.1 MiB, cl100k_base 2.0 MiB): nothing is built or allocated at run time,
// all is thread-safe. The table's grammar stands at the head of that script.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pricing/token_count.h"

namespace ringfence::bpe {

using Rank = std::uint32_t;
inline constexpr Rank kNoRank = 0xFFFF'FFFF;
// No token of the public vocabularies is longer; a longer string is not looked up.
inline constexpr std::size_t kTokenBytesMax = 128;

class RankTable {
 public:
  // Null when the program was built without vocabularies.
  static const RankTable* of(Vocabulary vocabulary);

  // The rank of exactly these bytes, or kNoRank.
  Rank rank(std::string_view bytes) const;

  std::size_t size() const { return offsets_.size() - 1; }
  // rank < size()
  std::string_view token(Rank rank) const;

 private:
  explicit RankTable(std::string_view table);

  std::uint32_t slot_bits_ = 0;
  std::span<const std::uint32_t> slots_;
  std::span<const std::uint32_t> offsets_;
  const char* arena_ = nullptr;
};

// The tables laid into the program; empty when it was built without (token_ranks_tables.cc).
std::string_view embedded_table(Vocabulary vocabulary);

}  // namespace ringfence::bpe
