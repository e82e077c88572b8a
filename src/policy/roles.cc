// SPDX-License-Identifier: Apache-2.0
#include "policy/roles.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence {
namespace {

constexpr DurationRange kLeaseRange{Duration::seconds(1), Duration::days(1)};
constexpr DurationRange kMaxAgeRange{Duration::seconds(1), Duration::days(30)};

const Keys& role_keys() {
  static const Keys keys{.known = {"extends", "budgets", "run", "allow", "deny", "ask", "danger",
                                   "unlimited", "require"}};
  return keys;
}

}  // namespace

std::optional<RoleId> Roles::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  if (found == by_name_.end()) return std::nullopt;
  return RoleId{found->second};
}

std::optional<RoleId> Roles::named(Problems& problems, YamlNode node) const {
  const auto name = read_text(problems, node, "the name of a role");
  if (!name) return std::nullopt;
  if (const auto role = find(*name)) return role;
  std::vector<std::string_view> names;
  for (const Role& role : roles_) {
    if (problems.full()) break;
    names.push_back(role.name);
  }
  problems.add(node.mark(), "found the unknown role " + quoted(*name) + suggestion(*name, names));
  return std::nullopt;
}

void Roles::read_run(Problems& problems, YamlNode map, const WallReader& walls,
                     Stated& stated) const {
  const Keys keys{.known = {"lease", "max_age", "budgets", "env"}};
  if (!check_map(problems, map, "run", keys)) return;
  if (const YamlNode node = value_at(map, "lease")) {
    stated.lease = read_duration(problems, node, kLeaseRange);
  }
  if (const YamlNode node = value_at(map, "max_age")) {
    stated.max_age = read_duration(problems, node, kMaxAgeRange);
    if (stated.lease && stated.max_age && *stated.lease > *stated.max_age) {
      problems.add(node.mark(),
                   "found a `max_age` shorter than the `lease`; expected it as long or longer");
    }
  }
  if (const YamlNode node = value_at(map, "budgets")) {
    walls.budgets(node, BudgetPlace::run, stated.run_budgets);
  }
  if (const YamlNode node = value_at(map, "env")) stated.env = read_environment(problems, node);
}

Roles::Stated Roles::read_role(Problems& problems, YamlNode value, const PatternReader& patterns,
                               const WallReader& walls, Role& role) const {
  Stated stated;
  if (!check_map(problems, value, "a role", role_keys())) return stated;
  stated.extends = value_at(value, "extends");
  if (const YamlNode node = value_at(value, "budgets")) {
    walls.budgets(node, BudgetPlace::account, role.budgets);
  }
  if (const YamlNode node = value_at(value, "run")) read_run(problems, node, walls, stated);
  if (const YamlNode node = value_at(value, "allow")) {
    role.rules.allow.read(problems, node, patterns, PatternUse::match);
  }
  if (const YamlNode node = value_at(value, "deny")) {
    role.rules.deny.read(problems, node, patterns, PatternUse::prefix);
  }
  if (const YamlNode node = value_at(value, "danger")) {
    role.rules.danger.read(problems, node, patterns.with_kind("danger"), PatternUse::match);
  }
  if (const YamlNode node = value_at(value, "require")) {
    stated.require = read_required_fields(problems, node);
  }
  if (const YamlNode node = value_at(value, "ask")) {
    role.rules.ask.read(problems, node, patterns, walls.units);
  }
  if (const YamlNode node = value_at(value, "unlimited")) {
    stated.unlimited = read_bool(problems, node);
  }
  return stated;
}

void Roles::read(Problems& problems, YamlNode section, const PatternReader& patterns,
                 const WallReader& walls) {
  std::vector<Stated> stated;
  for_each_entry(problems, section, "a map of roles", [&](YamlNode key, YamlNode value) {
    if (key.text().empty() || key.text().size() > 63) {
      problems.add(key.mark(),
                   "found " + quoted(key.text()) + "; expected a role's name of 1 to 63 bytes");
      return;
    }
    if (roles_.size() == kRolesMax) return;
    const auto index = static_cast<std::uint32_t>(roles_.size());
    Role& role = roles_.emplace_back();
    role.name = key.text();
    role.mark = key.mark();
    by_name_.emplace(role.name, index);
    stated.push_back(read_role(problems, value, patterns, walls, role));
  });
  if (section.is_map() && section.size() / 2 > kRolesMax) {
    problems.add(section.mark(),
                 fmt::format("found more than {} roles; expected fewer", kRolesMax));
  }
  link(problems, stated);
}

void Roles::link(Problems& problems, const std::vector<Stated>& stated) {
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    if (!stated[i].extends) continue;
    if (const auto parent = named(problems, stated[i].extends)) {
      roles_[i].extends = static_cast<std::uint32_t>(parent->index);
    }
  }
  std::vector<std::uint32_t> ordered;
  if (!order(problems, ordered)) return;
  for (const std::uint32_t index : ordered) inherit(index, stated[index]);
}

bool Roles::order(Problems& problems, std::vector<std::uint32_t>& ordered) const {
  bool ok = true;
  std::vector<char> done(roles_.size(), 0);
  for (std::uint32_t start = 0; start < roles_.size(); ++start) {
    std::vector<std::uint32_t> chain{start};
    while (const auto parent = roles_[chain.back()].extends) {
      const auto again = std::ranges::find(chain, *parent);
      if (again != chain.end()) {
        // Each cycle is reported once: by its first role in the document.
        if (again == chain.begin() && *std::ranges::min_element(chain) == start) {
          std::string names;
          for (const std::uint32_t role : chain) names += roles_[role].name + " → ";
          problems.add(roles_[start].mark, "found roles that extend each other in a circle (" +
                                               names + roles_[start].name + "); expected an end");
        }
        ok = false;
        break;
      }
      chain.push_back(*parent);
      if (chain.size() > kExtendsDepthMax) {
        problems.add(roles_[start].mark,
                     fmt::format("found a chain of more than {} roles; expected a shorter one",
                                 kExtendsDepthMax));
        ok = false;
        break;
      }
    }
    if (!ok) continue;
    for (std::size_t i = chain.size(); i-- > 0;) {
      if (done[chain[i]]++ == 0) ordered.push_back(chain[i]);
    }
  }
  return ok;
}

void Roles::inherit(std::uint32_t index, const Stated& stated) {
  Role& role = roles_[index];
  if (role.extends) {
    const Role& parent = roles_[*role.extends];
    std::vector<WallRule> budgets = parent.budgets;
    for (const WallRule& wall : role.budgets) replace_wall(budgets, wall);
    role.budgets = std::move(budgets);
    role.run = parent.run;
    role.unlimited = parent.unlimited;
  }
  if (stated.unlimited) role.unlimited = *stated.unlimited;
  if (stated.lease) role.run.lease = *stated.lease;
  if (stated.max_age) role.run.max_age = *stated.max_age;
  // A run ends at its hard end whatever its lease says.
  role.run.lease = std::min(role.run.lease, role.run.max_age);
  for (const WallRule& wall : stated.run_budgets) replace_wall(role.run.budgets, wall);
  role.run.env.override_with(stated.env);
  for (const auto field : stated.require) {
    if (std::ranges::find(role.run.require, field) == role.run.require.end()) {
      role.run.require.push_back(field);
    }
  }
}

std::vector<const RuleSet*> Roles::chain(RoleId id) const {
  std::vector<const RuleSet*> rules;
  std::optional<std::uint32_t> index = static_cast<std::uint32_t>(id.index);
  for (; index; index = roles_[*index].extends) rules.push_back(&roles_[*index].rules);
  return rules;
}

bool Roles::asks_identity() const {
  return std::ranges::any_of(roles_, [](const Role& role) { return role.rules.asks_identity(); });
}

bool Roles::any_allows(const Pattern& pattern) const {
  return std::ranges::any_of(roles_, [&](const Role& role) {
    return std::ranges::any_of(role.rules.allow.patterns(), [&](const Pattern& allow) {
      return patterns_intersect(allow, pattern);
    });
  });
}

}  // namespace ringfence
