// SPDX-License-Identifier: Apache-2.0
// Roles: what kinds of agents may do and spend, `extends` resolved.
//
// Contract: immutable after `read`. A child starts as its parent: its budgets replace those with
// the same unit and window, its `run` fields override, its rules and what it requires are added.
// Rules are indexed where they are written; a check reads them along the chain, so that many roles
// may extend one long list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/pattern_reader.h"
#include "policy/policy.h"
#include "policy/rule_set.h"
#include "policy/walls.h"

namespace ringfence {

inline constexpr std::size_t kExtendsDepthMax = 16;
inline constexpr std::size_t kRolesMax = 100'000;

struct Role {
  std::string name;
  Mark mark;
  std::optional<std::uint32_t> extends;  // an index
  std::vector<WallRule> budgets;         // after `read`: with what it extends
  RunRule run;                           // the same
  bool unlimited = false;                // the same
  RuleSet rules;                         // its own alone
};

class Roles {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns,
            const WallReader& walls);

  std::optional<RoleId> find(std::string_view name) const;
  const Role& operator[](RoleId id) const { return roles_[id.index]; }
  const std::vector<Role>& all() const { return roles_; }
  // The role that `node` names; an unknown one is reported.
  std::optional<RoleId> named(Problems& problems, YamlNode node) const;

  // The rules of a role, then of what it extends.
  std::vector<const RuleSet*> chain(RoleId id) const;
  bool asks_identity() const;
  // Some operation of `pattern` is named by an allow rule of some role.
  bool any_allows(const Pattern& pattern) const;

 private:
  // What a role says itself, before `extends`.
  struct Stated {
    YamlNode extends;
    std::optional<bool> unlimited;
    std::optional<Duration> lease;
    std::optional<Duration> max_age;
    std::vector<WallRule> run_budgets;
    EnvironmentRule env;
    std::vector<std::string Identity::*> require;
  };

  Stated read_role(Problems& problems, YamlNode value, const PatternReader& patterns,
                   const WallReader& walls, Role& role) const;
  void read_run(Problems& problems, YamlNode map, const WallReader& walls, Stated& stated) const;
  void link(Problems& problems, const std::vector<Stated>& stated);
  // Parents before children; reports cycles and chains that are too long.
  bool order(Problems& problems, std::vector<std::uint32_t>& ordered) const;
  void inherit(std::uint32_t index, const Stated& stated);
  std::vector<Role> roles_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
};

}  // namespace ringfence
