// SPDX-License-Identifier: Apache-2.0
#include "policy/unknown.h"

#include <algorithm>

#include "policy/glob.h"
#include "shell/names.h"

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

std::vector<std::vector<std::string>> forbidden_spellings(std::span<const std::string> segments) {
  std::vector<std::string> folded;
  for (const std::string& segment : segments) folded.push_back(to_lower(segment));
  std::vector<std::vector<std::string>> spellings{folded};
  if (folded[0] == "cmd" && folded[1] != "sh" && shell::is_shell(folded[1])) {
    folded[1] = "sh";
    spellings.push_back(std::move(folded));
  }
  return spellings;
}

}  // namespace ringfence
