// SPDX-License-Identifier: Apache-2.0
// Limits: walls on operations, by pattern, each counted for whom `per` says.
//
// Contract: immutable after `read`. An entry with several units becomes one rule for each, all
// under its name. Matching goes through a trie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"
#include "policy/policy.h"
#include "policy/units.h"
#include "policy/walls.h"

namespace ringfence {

inline constexpr std::size_t kLimitsMax = 200'000;

class Limits {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns,
            const WallReader& walls);

  const std::vector<LimitRule>& rules() const { return rules_; }
  // Of rules()[index].
  const std::vector<Pattern>& patterns(std::size_t index) const {
    return index_.patterns(static_cast<std::uint32_t>(index));
  }
  Mark mark(std::size_t index) const { return marks_[index]; }
  void match(const Operation& operation, std::vector<std::uint32_t>& out) const;

 private:
  void read_limit(Problems& problems, YamlNode map, const PatternReader& patterns,
                  const WallReader& walls);
  std::optional<LimitRule> read_subject(Problems& problems, YamlNode map) const;

  std::vector<LimitRule> rules_;
  std::vector<Mark> marks_;
  PatternIndex index_;
  std::unordered_map<std::string, std::uint32_t> meters_;  // line by name, unit and window
};

}  // namespace ringfence
