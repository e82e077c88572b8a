// SPDX-License-Identifier: Apache-2.0
// DeclaredUnits: the units a policy adds, and the rules that count them.
//
//   units: {emails: {count: [{match: "tool:mail/send", add: 1}]}}
//
// Contract: immutable after `read`. An operation that several rules of a unit match adds the
// largest of them, once. A unit without a rule is refused: a wall on it would never move.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/unit.h"
#include "policy/pattern.h"
#include "policy/pattern_reader.h"
#include "policy/reader.h"
#include "policy/segment_trie.h"

namespace ringfence {

class DeclaredUnits {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns, UnitTable& units);

  // Built in, or declared by this document: a taken-over table may hold units of older ones.
  bool known(Unit unit) const { return unit.index < kBuiltInUnits || declared_[unit.index]; }
  std::optional<std::int64_t> count(Unit unit, const Operation& operation) const;
  // Some operation of `pattern` counts in this unit; built-in units count everywhere.
  bool counts_within(Unit unit, const Pattern& pattern) const;

 private:
  struct Rule {
    Unit unit;
    Pattern pattern;
    std::int64_t add;
  };
  void read_rule(Problems& problems, YamlNode map, const PatternReader& patterns, Unit unit);

  std::array<bool, kUnitsMax> declared_{};
  std::vector<Rule> rules_;
  SegmentTrie trie_;
};

}  // namespace ringfence
