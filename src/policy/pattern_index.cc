// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_index.h"

#include <algorithm>

#include "policy/pattern_reader.h"
#include "policy/unknown.h"

namespace ringfence {

void PatternIndex::add(const Pattern& pattern, std::uint32_t value) {
  PatternReader::index(trie_, pattern, value);
  patterns_.emplace_back(pattern, value);
}

void PatternIndex::match(const Operation& operation, std::vector<std::uint32_t>& out) const {
  if (!has_unknown(operation.segments())) {
    trie_.match(operation.segments(), out);
    return;
  }
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  const Pattern asked = pattern_of_unknown(operation.segments());
  for (const auto& [pattern, value] : patterns_) {
    if (patterns_intersect(pattern, asked)) out.push_back(value);
  }
  std::sort(out.begin() + start, out.end());
  out.erase(std::unique(out.begin() + start, out.end()), out.end());
}

}  // namespace ringfence
