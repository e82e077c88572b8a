// SPDX-License-Identifier: Apache-2.0
// Loops: how often a run may do the very same thing again, and how often it may come back with what
// was refused.
//
//   loops: [{match: "*", same: 20, refused: 5, window: {rolling: 10m}}]
//
// Contract: immutable after `read`. The same means the same operation with the same arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/window.h"
#include "policy/operation.h"
#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"

namespace ringfence {

inline constexpr std::int64_t kLoopCountMax = 1'000;
inline constexpr std::size_t kLoopRulesMax = 1'000;

struct LoopRule {
  std::string match;                    // as written
  std::optional<std::int64_t> same;     // so often it is allowed
  std::optional<std::int64_t> refused;  // so often it may be refused before it is a loop
  Window window{WindowKind::run, {}};   // of the run, or rolling
};

class Loops {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns);

  const std::vector<LoopRule>& rules() const { return rules_; }
  // Appends the indexes of rules that match, ascending.
  void match(const Operation& operation, std::vector<std::uint32_t>& out) const {
    index_.match(operation.segments(), out);
  }

 private:
  void read_rule(Problems& problems, YamlNode map, const PatternReader& patterns);

  std::vector<LoopRule> rules_;
  PatternIndex index_;
};

}  // namespace ringfence
