// SPDX-License-Identifier: Apache-2.0
#include "pricing/token_count.h"

#include "base/utf8.h"
#include "pricing/bpe_merge.h"
#include "pricing/bpe_split.h"
#include "pricing/token_ranks.h"

namespace ringfence {
namespace {

struct Family {
  std::string_view name;
  Vocabulary vocabulary;
};

// The first that fits: "gpt-4" stands for itself and "gpt-4-…" only.
constexpr Family kFamilies[] = {
    {"gpt-5", Vocabulary::o200k_base},
    {"gpt-4.5", Vocabulary::o200k_base},
    {"gpt-4.1", Vocabulary::o200k_base},
    {"gpt-4o", Vocabulary::o200k_base},
    {"chatgpt-4o", Vocabulary::o200k_base},
    {"o1", Vocabulary::o200k_base},
    {"o3", Vocabulary::o200k_base},
    {"o4", Vocabulary::o200k_base},
    {"gpt-4", Vocabulary::cl100k_base},
    {"gpt-3.5", Vocabulary::cl100k_base},
    {"gpt-35", Vocabulary::cl100k_base},
    {"text-embedding-3", Vocabulary::cl100k_base},
    {"text-embedding-ada-002", Vocabulary::cl100k_base},
};

}  // namespace

bool can_count_tokens() { return bpe::RankTable::of(Vocabulary::o200k_base) != nullptr; }

std::optional<std::int64_t> count_tokens(Vocabulary vocabulary, std::string_view text) {
  const bpe::RankTable* const ranks = bpe::RankTable::of(vocabulary);
  if (!ranks) return std::nullopt;
  const auto bytes = static_cast<std::int64_t>(text.size());
  if (!valid_utf8(text)) return bytes;
  bpe::Splitter pieces(vocabulary, text);
  bpe::Merger merger(*ranks);
  std::int64_t tokens = 0;
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    if (pieces.unsettled()) return bytes;
    tokens += merger.count(piece);
  }
  return tokens;
}

std::int64_t token_bound(Vocabulary vocabulary, std::string_view text) {
  return count_tokens(vocabulary, text).value_or(static_cast<std::int64_t>(text.size()));
}

std::optional<Vocabulary> openai_vocabulary(std::string_view model) {
  if (model.starts_with("ft:")) {
    model.remove_prefix(3);
    model = model.substr(0, model.find(':'));
  }
  for (const Family& family : kFamilies) {
    if (!model.starts_with(family.name)) continue;
    const std::string_view rest = model.substr(family.name.size());
    // "gpt-5.1" and "gpt-5-mini" are of the family "gpt-5"; "gpt-50" and "o10" would be others.
    const bool minor = family.name == "gpt-5" && rest.starts_with('.');
    if (rest.empty() || rest.starts_with('-') || minor) return family.vocabulary;
  }
  return std::nullopt;
}

}  // namespace ringfence
