// SPDX-License-Identifier: Apache-2.0
// Operations of which parts are not known (policy/command_line.h): what may be meant by one.
//
// Contract: pure. Such an operation is a set; `patterns_that_may_match` finds the patterns that
// meet it, for denies and for everything that counts. An operation without unknown parts is found
// by the trie alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/pattern.h"
#include "policy/segment_trie.h"

namespace ringfence {

bool has_unknown(std::span<const std::string> segments);
// The set as a pattern; from the first segment that may be many on, it is the rest.
Pattern pattern_of_unknown(std::span<const std::string> segments);

// An operation's segments as whatever forbids or asks looks at them: in lower case, and those of
// every shell also as of cmd:sh.
std::vector<std::vector<std::string>> forbidden_spellings(std::span<const std::string> segments);

// As SegmentTrie::match; `meets(value, asked)` says whether a pattern of that value meets another.
bool patterns_that_may_match(const SegmentTrie& trie, std::span<const std::string> segments,
                             const auto& meets, std::vector<std::uint32_t>& out,
                             std::size_t* steps_left = nullptr) {
  if (!has_unknown(segments)) return trie.match(segments, out, steps_left);
  std::vector<std::uint32_t> candidates;
  if (!trie.may_match(segments, candidates, steps_left)) return false;
  const Pattern asked = pattern_of_unknown(segments);
  for (const std::uint32_t value : candidates) {
    if (meets(value, asked)) out.push_back(value);
  }
  return true;
}

}  // namespace ringfence
