// SPDX-License-Identifier: Apache-2.0
#include "policy/units.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr std::int64_t kAddMax = 1'000'000'000;

}  // namespace

void DeclaredUnits::read_rule(Problems& problems, YamlNode map, const PatternReader& patterns,
                              Unit unit) {
  const Keys keys{.known = {"match", "add"}, .later = {"pointer", "from"}};
  if (!check_map(problems, map, "a counting rule", keys)) return;
  const YamlNode match = require(problems, map, "match", "a pattern such as \"tool:mail/send\"");
  if (!match) return;
  const auto matching = patterns.read(match, PatternUse::match);
  std::optional<std::int64_t> add = 1;
  if (const YamlNode node = value_at(map, "add")) {
    add = read_count(problems, node, "how many to add", {1, kAddMax});
  }
  if (!add) return;
  for (const Pattern& pattern : matching) {
    patterns.index(trie_, pattern, static_cast<std::uint32_t>(rules_.size()));
    rules_.push_back({unit, pattern, *add});
  }
}

void DeclaredUnits::read(Problems& problems, YamlNode section, const PatternReader& patterns,
                         UnitTable& units) {
  for_each_entry(
      problems, section, "a map of units such as {emails: {count: [{match: \"tool:mail/send\"}]}}",
      [&](YamlNode name, YamlNode value) {
        const auto taken = units.find(name.text());
        if (taken && taken->index < kBuiltInUnits) {
          problems.add(name.mark(), "found the built-in unit " + quoted(name.text()) +
                                        "; expected a name of its own");
          return;
        }
        const auto unit = units.intern(name.text());
        if (!unit) {
          problems.add(name.mark(), "found " + quoted(name.text()) + "; " + unit.error().message);
          return;
        }
        declared_[unit->index] = true;
        if (!check_map(problems, value, "a unit", {{"count"}})) return;
        const YamlNode list = require(problems, value, "count", "the rules that count this unit");
        if (!list) return;
        if (list.is_sequence() && list.size() == 0) {
          problems.add(list.mark(),
                       "found no rule; expected one, since a wall on a unit that "
                       "nothing counts would never move");
        }
        for_each_item(problems, list,
                      "a list of rules such as [{match: \"tool:mail/send\", add: 1}]",
                      [&](YamlNode rule) { read_rule(problems, rule, patterns, *unit); });
      });
}

std::optional<std::int64_t> DeclaredUnits::count(Unit unit, const Operation& operation) const {
  if (trie_.empty()) return std::nullopt;
  std::vector<std::uint32_t> matching;
  trie_.match(operation.segments(), matching);
  std::optional<std::int64_t> most;
  for (const std::uint32_t index : matching) {
    const Rule& rule = rules_[index];
    if (rule.unit == unit) most = std::max(most.value_or(0), rule.add);
  }
  return most;
}

bool DeclaredUnits::counts_within(Unit unit, const Pattern& pattern) const {
  if (unit.index < kBuiltInUnits) return true;
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    return rule.unit == unit && patterns_intersect(rule.pattern, pattern);
  });
}

}  // namespace ringfence
