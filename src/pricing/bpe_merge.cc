// SPDX-License-Identifier: Apache-2.0
// Why a cut between chunks may be trusted. Let A and B be byte strings whose encodings end in the
// token x and begin with the token y. If merging the bytes of x and y alone keeps the border
// between them, then the encoding of AB is that of A followed by that of B. For suppose some merge
// of AB crossed the border, and take the first that does. Until then the two sides went as they do
// alone, since the order of merges (rank, then place) within a side does not depend on the other;
// so the crossing pair lies within the bytes of x and y, and was the first in order among all pairs
// there. Then it is first there too when x and y are merged alone, and crosses the border, which it
// does not. The converse is the same argument: a border of an encoding is one of both its sides'
// alone.
#include "pricing/bpe_merge.h"

#include <algorithm>
#include <array>
#include <functional>

namespace ringfence::bpe {
namespace {

// Tokens this near to a chunk's end may have become others had the text gone on.
constexpr std::size_t kTailBytes = 2 * kTokenBytesMax;

}  // namespace

std::int64_t Merger::count(std::string_view piece) {
  if (piece.empty()) return 0;
  if (ranks_.rank(piece) != kNoRank) return 1;
  return piece.size() <= kSmallPieceBytes ? count_small(piece) : count_in_chunks(piece);
}

std::int64_t Merger::count_small(std::string_view piece) const {
  std::array<std::uint8_t, kSmallPieceBytes + 1> starts;
  std::array<Rank, kSmallPieceBytes + 1> pair_ranks;
  std::size_t tokens = piece.size();
  for (std::size_t i = 0; i <= tokens; ++i) starts[i] = static_cast<std::uint8_t>(i);
  const auto pair_rank = [&](std::size_t i) {
    if (i + 1 >= tokens) return kNoRank;
    return ranks_.rank(piece.substr(starts[i], starts[i + 2] - starts[i]));
  };
  for (std::size_t i = 0; i < tokens; ++i) pair_ranks[i] = pair_rank(i);
  while (tokens > 1) {
    const auto* const begin = pair_ranks.data();
    const auto* const least = std::min_element(begin, begin + tokens - 1);  // of several the first
    if (*least == kNoRank) break;
    const std::size_t i = least - begin;
    std::copy(starts.begin() + i + 2, starts.begin() + tokens + 1, starts.begin() + i + 1);
    std::copy(pair_ranks.begin() + i + 2, pair_ranks.begin() + tokens, pair_ranks.begin() + i + 1);
    --tokens;
    pair_ranks[i] = pair_rank(i);
    if (i > 0) pair_ranks[i - 1] = pair_rank(i - 1);
  }
  return static_cast<std::int64_t>(tokens);
}

std::int64_t Merger::count_in_chunks(std::string_view piece) {
  struct Cut {
    std::size_t at = 0;          // all before is encoded,
    std::int64_t tokens = 0;     // into so many tokens,
    std::size_t last_bytes = 0;  // the last of which is so long
  };
  Cut here;
  Cut before;
  for (std::size_t chunk = chunk_bytes_;;) {
    const std::string_view bytes = piece.substr(here.at, chunk);
    merge(bytes, starts_);
    if (here.at > 0) {
      const auto pair = piece.substr(here.at - here.last_bytes, here.last_bytes + starts_[1]);
      if (!cut_stands(pair, here.last_bytes)) {
        here = here.at == before.at ? Cut{} : before;
        before = here;
        chunk *= 2;
        continue;
      }
    }
    const std::size_t tokens = starts_.size() - 1;
    if (here.at + bytes.size() == piece.size()) {
      return here.tokens + static_cast<std::int64_t>(tokens);
    }
    // Keep the tokens that end before the tail, and at least one.
    const std::size_t kept_bytes = bytes.size() > kTailBytes ? bytes.size() - kTailBytes : 1;
    auto cut = std::upper_bound(starts_.begin(), starts_.end(), kept_bytes) - 1;
    if (cut == starts_.begin()) ++cut;
    before = here;
    here = {.at = here.at + *cut,
            .tokens = here.tokens + (cut - starts_.begin()),
            .last_bytes = *cut - *(cut - 1)};
  }
}

bool Merger::cut_stands(std::string_view pair, std::size_t left_bytes) {
  merge(pair, pair_starts_);
  return std::binary_search(pair_starts_.begin(), pair_starts_.end(), left_bytes);
}

// Places are byte offsets; a token is the place of its first byte.
void Merger::merge(std::string_view bytes, std::vector<std::uint32_t>& starts) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  next_.resize(size);
  previous_.resize(size);
  pair_rank_.resize(size);
  heap_.clear();
  const auto rank_pair = [&](std::uint32_t at) {
    const std::uint32_t next = next_[at];
    pair_rank_[at] = next < size ? ranks_.rank(bytes.substr(at, next_[next] - at)) : kNoRank;
    return pair_rank_[at] != kNoRank;
  };
  const auto entry = [&](std::uint32_t at) { return std::uint64_t{pair_rank_[at]} << 32 | at; };
  const auto later = std::greater<>{};
  for (std::uint32_t at = 0; at < size; ++at) {
    next_[at] = at + 1;
    previous_[at] = at - 1;  // of the first: never asked
  }
  for (std::uint32_t at = 0; at < size; ++at) {
    if (rank_pair(at)) heap_.push_back(entry(at));
  }
  std::make_heap(heap_.begin(), heap_.end(), later);
  const auto offer = [&](std::uint32_t at) {
    if (!rank_pair(at)) return;
    heap_.push_back(entry(at));
    std::push_heap(heap_.begin(), heap_.end(), later);
  };
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::uint64_t least = heap_.back();
    heap_.pop_back();
    const auto at = static_cast<std::uint32_t>(least);
    // An entry is stale once its pair has changed: a rank belongs to one string.
    if (pair_rank_[at] != static_cast<Rank>(least >> 32)) continue;
    const std::uint32_t gone = next_[at];
    next_[at] = next_[gone];
    pair_rank_[gone] = kNoRank;
    if (next_[at] < size) previous_[next_[at]] = at;
    offer(at);
    if (at > 0) offer(previous_[at]);
  }
  starts.clear();
  for (std::uint32_t at = 0; at < size; at = next_[at]) starts.push_back(at);
  starts.push_back(size);
}

std::int64_t Merger::count_plainly(std::string_view piece) const {
  if (piece.empty()) return 0;
  if (ranks_.rank(piece) != kNoRank) return 1;
  std::vector<std::size_t> starts(piece.size() + 1);
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = i;
  for (;;) {
    Rank least = kNoRank;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
      const Rank rank = ranks_.rank(piece.substr(starts[i], starts[i + 2] - starts[i]));
      if (rank < least) {
        least = rank;
        where = i;
      }
    }
    if (least == kNoRank) return static_cast<std::int64_t>(starts.size()) - 1;
    starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

}  // namespace ringfence::bpe
