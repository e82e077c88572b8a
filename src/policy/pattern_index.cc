// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_index.h"

#include <algorithm>

#include "policy/pattern_reader.h"
#include "policy/unknown.h"

namespace ringfence {

void PatternIndex::add(const Pattern& pattern, std::uint32_t rule) {
  PatternReader::index(trie_, pattern, rule);
  if (patterns_.size() <= rule) patterns_.resize(rule + 1);
  patterns_[rule].push_back(pattern);
}

bool PatternIndex::match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
                         std::size_t* steps_left) const {
  const auto meets = [this](std::uint32_t rule, const Pattern& asked) {
    return std::ranges::any_of(patterns_[rule], [&](const Pattern& pattern) {
      return patterns_intersect(pattern, asked);
    });
  };
  return patterns_that_may_match(trie_, segments, meets, out, steps_left);
}

}  // namespace ringfence
