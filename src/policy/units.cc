// SPDX-License-Identifier: Apache-2.0
#include "policy/units.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr std::int64_t kAddMax = 1'000'000'000;
constexpr std::size_t kPointerMax = 256;  // bytes

bool valid_pointer(std::string_view pointer) {
  if (!pointer.starts_with('/') || pointer.size() > kPointerMax) return false;
  for (std::size_t tilde = pointer.find('~'); tilde != pointer.npos;
       tilde = pointer.find('~', tilde + 1)) {
    const char after = tilde + 1 < pointer.size() ? pointer[tilde + 1] : '\0';
    if (after != '0' && after != '1') return false;
  }
  return true;
}

std::string unescape(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      name += step[i];
    } else {
      name += step[++i] == '0' ? '~' : '/';
    }
  }
  return name;
}

// Members only: a place in a list is nobody's argument. Null: left out.
const Json* find_argument(const Json* args, std::string_view pointer) {
  while (args != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    args = args->find(unescape(step));
  }
  return args;
}

std::optional<std::int64_t> count_at(const Json* args, std::string_view pointer) {
  const Json* argument = find_argument(args, pointer);
  if (argument == nullptr || argument->is_null()) return 0;
  if (const Json::Array* list = argument->array()) return static_cast<std::int64_t>(list->size());
  const auto number = argument->integer();
  if (!number || *number < 0) return std::nullopt;
  return *number;
}

}  // namespace

void DeclaredUnits::read_rule(Problems& problems, YamlNode map, const PatternReader& patterns,
                              Unit unit) {
  const Keys keys{.known = {"match", "add", "pointer"}};
  if (!check_map(problems, map, "a counting rule", keys)) return;
  const YamlNode match = require(problems, map, "match", "a pattern such as \"tool:mail/send\"");
  if (!match) return;
  const auto matching = patterns.read(match, PatternUse::match);
  std::optional<std::int64_t> add = 1;
  if (const YamlNode node = value_at(map, "add")) {
    add = read_count(problems, node, "how many to add", {1, kAddMax});
  }
  std::string pointer;
  if (const YamlNode node = value_at(map, "pointer")) {
    pointer = node.is_scalar() ? node.text() : std::string_view();
    if (!valid_pointer(pointer)) {
      problems.add(node.mark(),
                   "found " + node.found() + "; expected a pointer to an argument such as /to");
    }
  }
  if (!add) return;
  if (matching.empty()) return;
  for (const Pattern& pattern : matching) {
    index_.add(pattern, static_cast<std::uint32_t>(rules_.size()));
  }
  rules_.push_back({unit, *add, pointer});
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

Result<std::optional<DeclaredCount>> DeclaredUnits::count(Unit unit, const Operation& operation,
                                                          const Json* args) const {
  std::optional<DeclaredCount> most;
  if (index_.empty()) return most;
  std::vector<std::uint32_t> matching;
  index_.match(operation.segments(), matching);
  for (const std::uint32_t index : matching) {
    const Rule& rule = rules_[index];
    if (rule.unit != unit) continue;
    if (!most) most = DeclaredCount{};
    most->count = std::max(most->count, rule.add);
    if (rule.pointer.empty()) continue;
    most->by_arguments = true;
    const auto counted = count_at(args, rule.pointer);
    if (!counted) return invalid("cannot be counted", rule.pointer);
    most->count = std::max(most->count, *counted);
  }
  return most;
}

bool DeclaredUnits::reads_args() const {
  return std::ranges::any_of(rules_, [](const Rule& rule) { return !rule.pointer.empty(); });
}

bool DeclaredUnits::counts_within(Unit unit, const Pattern& pattern) const {
  if (unit.index < kBuiltInUnits) return true;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].unit != unit) continue;
    const bool meets = std::ranges::any_of(index_.patterns(i), [&](const Pattern& counted) {
      return patterns_intersect(counted, pattern);
    });
    if (meets) return true;
  }
  return false;
}

}  // namespace ringfence
