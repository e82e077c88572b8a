// SPDX-License-Identifier: Apache-2.0
#include "pricing/token_ranks.h"

#include <bit>
#include <cstring>

#include "base/ensure.h"

namespace ringfence::bpe {
namespace {

static_assert(std::endian::native == std::endian::little, "the tables are little-endian");

constexpr std::string_view kMagic = "RFRANKS1";
constexpr std::uint64_t kMultiplier = 0x9E37'79B9'7F4A'7C15;
constexpr int kRankBits = 18;
constexpr std::uint32_t kRankMask = (1U << kRankBits) - 1;
constexpr std::uint32_t kTagMask = (1U << (32 - kRankBits)) - 1;

struct Head {
  char magic[8];
  std::uint32_t tokens;
  std::uint32_t slot_bits;
  std::uint32_t arena_bytes;
  std::uint32_t longest;
};

// The same as hash_of() in tools/token-ranks.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t value = bytes.size();
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  while (left > 0) {
    const std::size_t take = left < 8 ? left : 8;
    std::uint64_t word = 0;
    if (take == 8) {
      std::memcpy(&word, at, 8);
    } else {
      for (std::size_t i = take; i-- > 0;) word = word << 8 | static_cast<std::uint8_t>(at[i]);
    }
    value = (value ^ word) * kMultiplier;
    value ^= value >> 32;
    at += take;
    left -= take;
  }
  return value;
}

}  // namespace

const RankTable* RankTable::of(Vocabulary vocabulary) {
  if (embedded_table(vocabulary).empty()) return nullptr;
  if (vocabulary == Vocabulary::o200k_base) {
    static const RankTable table(embedded_table(Vocabulary::o200k_base));
    return &table;
  }
  static const RankTable table(embedded_table(Vocabulary::cl100k_base));
  return &table;
}

RankTable::RankTable(std::string_view table) {
  Head head;
  RF_ENSURE(table.size() > sizeof head, "a table of ranks is cut short");
  std::memcpy(&head, table.data(), sizeof head);
  const std::size_t slots = std::size_t{1} << head.slot_bits;
  RF_ENSURE(std::string_view(head.magic, sizeof head.magic) == kMagic &&
                head.longest <= kTokenBytesMax && head.tokens < kRankMask && slots > head.tokens,
            "this is not a table of ranks");
  RF_ENSURE(table.size() == sizeof head + 4 * (slots + head.tokens + 1) + head.arena_bytes,
            "a table of ranks is cut short");
  const auto* const numbers =  // token_ranks_tables.cc aligns the tables
      reinterpret_cast<const std::uint32_t*>(table.data() + sizeof head);
  slot_bits_ = head.slot_bits;
  slots_ = {numbers, slots};
  offsets_ = {numbers + slots, head.tokens + 1};
  arena_ = reinterpret_cast<const char*>(numbers + slots + head.tokens + 1);
}

Rank RankTable::rank(std::string_view bytes) const {
  if (bytes.empty() || bytes.size() > kTokenBytesMax) return kNoRank;
  const std::uint64_t value = hash_of(bytes);
  const std::uint32_t tag = static_cast<std::uint32_t>(value) & kTagMask;
  std::size_t slot = (value * kMultiplier) >> (64 - slot_bits_);
  for (;; slot = (slot + 1) & (slots_.size() - 1)) {
    const std::uint32_t entry = slots_[slot];
    if (entry == 0) return kNoRank;
    if (entry >> kRankBits != tag) continue;
    const Rank found = (entry & kRankMask) - 1;
    if (token(found) == bytes) return found;
  }
}

std::string_view RankTable::token(Rank rank) const {
  return {arena_ + offsets_[rank], offsets_[rank + 1] - offsets_[rank]};
}

}  // namespace ringfence::bpe
