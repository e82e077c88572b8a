// SPDX-License-Identifier: Apache-2.0
#include "policy/rule_places.h"

#include <algorithm>

#include "policy/reader.h"

namespace ringfence {
namespace {

constexpr std::size_t kChainMax = 17;  // a role and all that it extends

YamlNode in_map(YamlNode node, std::string_view key) {
  return node && node.is_map() ? value_at(node, key) : YamlNode();
}

bool names(YamlNode match, std::string_view pattern) {
  if (!match) return false;
  if (match.is_scalar()) return match.text() == pattern;
  for (YamlNode one = match.is_sequence() ? match.first() : YamlNode(); one; one = one.next()) {
    if (one.is_scalar() && one.text() == pattern) return true;
  }
  return false;
}

// The item that states the pattern: itself, in a list of `match`, or as `match` of a map.
YamlNode item_of(YamlNode list, std::string_view pattern) {
  for (YamlNode item = list && list.is_sequence() ? list.first() : YamlNode(); item;
       item = item.next()) {
    if (names(item.is_map() ? value_at(item, "match") : item, pattern)) return item;
  }
  return {};
}

YamlNode class_of(YamlNode root, std::string_view pattern) {
  const YamlNode classes = in_map(root, "classes");
  for (YamlNode key = classes && classes.is_map() ? classes.first() : YamlNode(); key;
       key = key.next().next()) {
    if (const YamlNode item = item_of(key.next(), pattern)) return item;
  }
  return {};
}

}  // namespace

YamlNode RulePlaces::rule_in(YamlNode root, std::string_view roles, std::string_view list,
                             std::string_view pattern) const {
  constexpr std::string_view kBetween = " + ";
  const YamlNode section = in_map(root, "roles");
  while (!roles.empty()) {
    const std::size_t end = std::min(roles.find(kBetween), roles.size());
    std::string_view role = roles.substr(0, end);
    roles.remove_prefix(std::min(end + kBetween.size(), roles.size()));
    for (std::size_t i = 0; i < kChainMax && !role.empty(); ++i) {
      const YamlNode node = in_map(section, role);
      if (const YamlNode item = item_of(in_map(node, list), pattern)) return item;
      const YamlNode parent = in_map(node, "extends");
      role = parent && parent.is_scalar() ? parent.text() : std::string_view();
    }
  }
  return item_of(in_map(root, list), pattern);
}

std::string RulePlaces::rule(std::string_view roles, std::string_view list,
                             std::string_view pattern, std::string_view document) const {
  for (const YamlNode root : tree_.roots()) {
    if (!document.empty() && problems_.source(root.mark()) != document) continue;
    const YamlNode item = rule_in(root, roles, list, pattern);
    if (item) return problems_.place(item.mark());
  }
  for (const YamlNode root : tree_.roots()) {
    if (const YamlNode item = class_of(root, pattern)) return problems_.place(item.mark());
  }
  return {};
}

std::string RulePlaces::limit(std::string_view name) const {
  for (const YamlNode root : tree_.roots()) {
    const YamlNode limits = in_map(root, "limits");
    for (YamlNode item = limits && limits.is_sequence() ? limits.first() : YamlNode(); item;
         item = item.next()) {
      if (names(in_map(item, "name"), name)) return problems_.place(item.mark());
    }
  }
  return {};
}

}  // namespace ringfence
