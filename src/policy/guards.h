// SPDX-License-Identifier: Apache-2.0
// Guards: programs and servers that are asked before an operation that they match, by pattern.
//
// Contract: immutable after `read`. Matching goes through a trie. A rule's fingerprint covers all
// that the document says of it, so that an answer given under another version is told apart.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"
#include "policy/policy.h"

namespace ringfence {

inline constexpr std::size_t kGuardsMax = 64;
inline constexpr std::size_t kGuardPatternsMax = 256;  // of one

class Guards {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns);

  const std::vector<GuardRule>& rules() const { return rules_; }
  void match(const Operation& operation, std::vector<std::uint32_t>& out) const;

 private:
  void read_guard(Problems& problems, YamlNode map, const PatternReader& patterns);

  std::vector<GuardRule> rules_;
  PatternIndex index_;
  std::unordered_map<std::string, std::uint32_t> names_;  // line by name
};

}  // namespace ringfence
