// SPDX-License-Identifier: Apache-2.0
// Any bytes as text to count: the pieces are the text, no count is above its bytes or below one per
// longest token, small chunks and the textbook give the same count, and the whole is the sum of its
// pieces. (No law holds between the counts of two texts and that of both together.)
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "pricing/bpe_merge.h"
#include "pricing/bpe_split.h"
#include "pricing/token_count.h"

namespace {

using ringfence::Vocabulary;
namespace bpe = ringfence::bpe;

void must(bool condition) {
  if (!condition) std::abort();
}

void check(Vocabulary vocabulary, std::string_view text) {
  const auto tokens = ringfence::count_tokens(vocabulary, text);
  must(ringfence::token_bound(vocabulary, text) <= static_cast<std::int64_t>(text.size()));
  const bpe::RankTable* const ranks = bpe::RankTable::of(vocabulary);
  must(tokens.has_value() == (ranks != nullptr));
  if (!ranks) return;
  must(static_cast<std::uint64_t>(*tokens) * bpe::kTokenBytesMax >= text.size());
  if (!ringfence::valid_utf8(text)) {
    must(*tokens == static_cast<std::int64_t>(text.size()));
    return;
  }
  bpe::Splitter splitter(vocabulary, text);
  bpe::Merger whole(*ranks);
  bpe::Merger chunked(*ranks, 8);
  std::int64_t sum = 0;
  std::size_t at = 0;
  for (auto piece = splitter.next(); !piece.empty(); piece = splitter.next()) {
    must(piece.data() == text.data() + at && ringfence::valid_utf8(piece));
    at += piece.size();
    const std::int64_t count = whole.count(piece);
    must(count >= 1 && count == chunked.count(piece));
    if (piece.size() <= 400) must(count == whole.count_plainly(piece));
    sum += count;
  }
  must(at == text.size());
  must(splitter.unsettled() ? *tokens == static_cast<std::int64_t>(text.size()) : *tokens == sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(Vocabulary::o200k_base, text);
  check(Vocabulary::cl100k_base, text);
  return 0;
}
