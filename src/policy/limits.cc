// SPDX-License-Identifier: Apache-2.0
#include "policy/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/path.h"

namespace ringfence {
namespace {

constexpr std::size_t kNameMax = 63;
constexpr std::array<std::string_view, 7> kPerNames{"run",  "session", "agent",  "user",
                                                    "team", "org",     "account"};

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace

// Who a limit counts for; the rule's wall is still to be read.
std::optional<LimitRule> Limits::read_subject(Problems& problems, YamlNode map) const {
  LimitRule rule;
  if (const YamlNode whom = value_at(map, "for")) rule.whom = IdentityMatch::read(problems, whom);
  if (const YamlNode node = value_at(map, "require")) {
    rule.require = read_required_fields(problems, node);
  }
  if (const YamlNode per = value_at(map, "per")) {
    const auto found = per.is_scalar() ? std::ranges::find(kPerNames, per.text()) : kPerNames.end();
    if (found == kPerNames.end()) {
      problems.add(per.mark(), fmt::format("found {}; expected one of {}", per.found(),
                                           fmt::join(kPerNames, ", ")));
      return std::nullopt;
    }
    rule.per = static_cast<Per>(found - kPerNames.begin());
  }
  const YamlNode account = value_at(map, "account");
  if (rule.per != Per::account) {
    if (account)
      problems.add(account.mark(), "found `account`; expected it only with `per: account`");
    return rule;
  }
  if (!account) {
    problems.add(map.mark(), "found `per: account` without `account`; expected the account's path");
    return std::nullopt;
  }
  const auto path = read_text(problems, account, "an account's path such as acme/research");
  if (!path) return std::nullopt;
  if (const auto ok = check_account_path(*path); !ok) {
    problems.add(account.mark(), "found " + quoted(*path) + "; " + ok.error().message);
    return std::nullopt;
  }
  rule.account = *path;
  return rule;
}

void Limits::read_limit(Problems& problems, YamlNode map, const PatternReader& patterns,
                        const WallReader& walls) {
  if (!check_map(problems, map, "a limit", walls.limit_keys())) return;
  const YamlNode name = require(problems, map, "name", "a name such as llm-per-run");
  const YamlNode match = require(problems, map, "match", "a pattern such as \"llm:*\"");
  const auto subject = read_subject(problems, map);
  if (!name || !match || !subject) return;
  if (!name.is_scalar() || !valid_name(name.text()) || name.text() == kBudgetName) {
    problems.add(name.mark(),
                 "found " + name.found() +
                     "; expected a name of a-z, 0-9, '-', '_' and '.', other than `budget`");
    return;
  }
  const std::vector<Pattern> matching = patterns.read(match, PatternUse::match);
  if (matching.empty()) return;
  for (WallRule& wall : walls.limit_walls(map, name.text(), subject->per)) {
    const bool counted = std::ranges::any_of(matching, [&](const Pattern& pattern) {
      return walls.declared.counts_within(wall.unit, pattern);
    });
    if (!counted) {
      problems.add(match.mark(),
                   fmt::format("found a wall on {} for operations that nothing counts "
                               "in it; expected a pattern that its `count` rules meet",
                               walls.units.name(wall.unit)));
      continue;
    }
    const std::string meter =
        fmt::format("{} {} {}", name.text(), walls.units.name(wall.unit), to_string(wall.window));
    const auto [first, added] = meters_.emplace(meter, map.mark().line);
    if (!added) {
      problems.add(
          name.mark(),
          fmt::format("found a second limit {} on {} over {} (line {}); expected another name",
                      quoted(name.text()), walls.units.name(wall.unit), to_string(wall.window),
                      first->second));
      continue;
    }
    LimitRule rule = *subject;
    rule.match = written(match);
    rule.wall = std::move(wall);
    for (const Pattern& pattern : matching) {
      index_.add(pattern, static_cast<std::uint32_t>(rules_.size()));
    }
    rules_.push_back(std::move(rule));
    marks_.push_back(map.mark());
  }
}

void Limits::read(Problems& problems, YamlNode section, const PatternReader& patterns,
                  const WallReader& walls) {
  for_each_item(problems, section, "a list of limits", [&](YamlNode item) {
    if (rules_.size() < kLimitsMax) read_limit(problems, item, patterns, walls);
  });
  if (rules_.size() >= kLimitsMax) {
    problems.add(section.mark(),
                 fmt::format("found {} limits or more; expected fewer", kLimitsMax));
  }
}

void Limits::match(const Operation& operation, std::vector<std::uint32_t>& out) const {
  index_.match(operation.segments(), out);
}

}  // namespace ringfence
