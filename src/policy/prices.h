// SPDX-License-Identifier: Apache-2.0
// Prices: what models and other operations cost, and which provider serves a model.
//
// Contract: immutable after `read`. A key is provider/model, or a whole operation such as
// tool:github/search; `*` in it makes a pattern. An exact key decides before patterns, among them
// the most specific (then the first in the document), and the built-in catalog where the document
// has none, for providers of one of its families. An exact entry takes the sizes that it does not
// state from the catalog. A free provider's models cost nothing, listed or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/price.h"
#include "policy/pattern_reader.h"
#include "policy/policy.h"
#include "policy/segment_trie.h"
#include "pricing/catalog.h"

namespace ringfence {

inline constexpr std::size_t kModelsMax = 2'000;  // that are listed

struct PriceEntry {
  std::string key;  // as written
  Mark mark;
  Pattern pattern;
  Price price;
};

// Which price it is, and from where: an entry of the document, a model of the catalog, or neither
// (a free provider's).
struct FoundPrice {
  const Price* price = nullptr;  // null: there is none
  const PriceEntry* entry = nullptr;
  const CatalogModel* listed = nullptr;
};

class Prices {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns,
            const std::vector<Provider>& providers);

  FoundPrice find(const Operation& operation, const std::vector<Provider>& providers,
                  Time at) const;
  Result<Operation> resolve_model(std::string_view model, const std::vector<Provider>& providers,
                                  std::string_view wire) const;
  std::vector<Operation> models(const std::vector<Provider>& providers) const;
  const std::vector<PriceEntry>& entries() const { return entries_; }

 private:
  std::optional<Pattern> read_key(Problems& problems, YamlNode key,
                                  const PatternReader& patterns) const;
  void read_entry(Problems& problems, YamlNode key, YamlNode value, const PatternReader& patterns,
                  const std::vector<Provider>& providers);
  const PriceEntry* entry(const Operation& operation) const;
  const PriceEntry* dearest_entry(const Operation& operation) const;
  std::vector<std::string> serving(std::string_view model, const std::vector<Provider>& providers,
                                   std::string_view wire) const;

  std::vector<PriceEntry> entries_;
  SegmentTrie trie_;
  std::unordered_map<std::string, std::uint32_t> lines_;  // by canonical key
  std::unordered_map<std::string, std::vector<std::string>> providers_by_model_;  // exact keys
};

const Provider* find_provider(const std::vector<Provider>& providers, std::string_view name);

}  // namespace ringfence
