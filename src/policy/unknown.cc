// SPDX-License-Identifier: Apache-2.0
#include "policy/unknown.h"

#include <algorithm>

#include "policy/glob.h"

namespace ringfence {

bool has_unknown(std::span<const std::string> segments) {
  return std::ranges::any_of(segments, [](const std::string& s) { return !is_literal(s); });
}

Pattern pattern_of_unknown(std::span<const std::string> segments) {
  Pattern pattern;
  for (const std::string& segment : segments) {
    pattern.rest = segment.starts_with(SegmentTrie::kDeep);
    if (pattern.rest) break;
    pattern.segments.push_back(segment);
  }
  return pattern;
}

}  // namespace ringfence
