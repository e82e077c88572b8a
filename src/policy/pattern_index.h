// SPDX-License-Identifier: Apache-2.0
// PatternIndex: numbers of rules by pattern, for rules that hold wherever they may be meant.
//
// Contract: built by `add`, then read by any number of threads. An operation of which parts are not
// known (policy/unknown.h) is found by every pattern that it may match.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "policy/operation.h"
#include "policy/pattern.h"
#include "policy/segment_trie.h"

namespace ringfence {

class PatternIndex {
 public:
  void add(const Pattern& pattern, std::uint32_t value);
  // Appends the values of all patterns that match or may match, each once, ascending.
  void match(const Operation& operation, std::vector<std::uint32_t>& out) const;
  bool empty() const { return patterns_.empty(); }

 private:
  SegmentTrie trie_;
  std::vector<std::pair<Pattern, std::uint32_t>> patterns_;
};

}  // namespace ringfence
