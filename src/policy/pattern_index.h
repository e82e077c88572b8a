// SPDX-License-Identifier: Apache-2.0
// PatternIndex: rules by pattern, for rules that hold wherever they may be meant.
//
// Contract: built by `add`, then read by any number of threads. An operation of which parts are not
// known (policy/unknown.h) is found by every pattern that it may match.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/pattern.h"
#include "policy/segment_trie.h"

namespace ringfence {

class PatternIndex {
 public:
  // One more pattern of a rule; rules are numbered from 0 on.
  void add(const Pattern& pattern, std::uint32_t rule);
  const std::vector<Pattern>& patterns(std::uint32_t rule) const { return patterns_[rule]; }
  // Appends the rules of which some pattern matches or may match, each once, ascending. Takes its
  // steps from `steps_left`; false when they were not enough (then `out` is incomplete).
  bool match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
             std::size_t* steps_left = nullptr) const;
  bool empty() const { return patterns_.empty(); }

 private:
  SegmentTrie trie_;
  std::vector<std::vector<Pattern>> patterns_;  // by rule
};

}  // namespace ringfence
