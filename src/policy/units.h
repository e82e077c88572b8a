// SPDX-License-Identifier: Apache-2.0
// DeclaredUnits: the units a policy adds, and the rules that count them.
//
//   units: {emails: {count: [{match: "tool:mail/send", pointer: /to}, {match: "tool:sms/*"}]}}
//
// Contract: immutable after `read`. An operation that several rules of a unit match adds the
// largest of them, once. A unit without a rule is refused: a wall on it would never move. A pointer
// (RFC 6901) leads to an argument: a list counts its length, a whole number itself, one that is
// left out nothing; but each counts `add` (1) at least. Any other argument cannot be counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/unit.h"
#include "policy/pattern.h"
#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"
#include "policy/reader.h"

namespace ringfence {

// What an operation counts in a unit that the policy declares.
struct DeclaredCount {
  std::int64_t count = 0;
  bool by_arguments = false;  // not only by its name
};

class DeclaredUnits {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns, UnitTable& units);

  // Built in, or declared by this document: a taken-over table may hold units of older ones.
  bool known(Unit unit) const { return unit.index < kBuiltInUnits || declared_[unit.index]; }
  // None: nothing counts it. Errors: `invalid`, an argument that cannot be counted.
  Result<std::optional<DeclaredCount>> count(Unit unit, const Operation& operation,
                                             const Json* args) const;
  // Whether any count looks at arguments.
  bool reads_args() const;
  // Some operation of `pattern` counts in this unit; built-in units count everywhere.
  bool counts_within(Unit unit, const Pattern& pattern) const;

 private:
  struct Rule {
    Unit unit;
    std::int64_t add;
    std::string pointer;  // empty: none
  };
  void read_rule(Problems& problems, YamlNode map, const PatternReader& patterns, Unit unit);

  std::array<bool, kUnitsMax> declared_{};
  std::vector<Rule> rules_;
  PatternIndex index_;
};

}  // namespace ringfence
