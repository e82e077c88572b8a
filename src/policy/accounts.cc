// SPDX-License-Identifier: Apache-2.0
#include "policy/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/path.h"
#include "policy/glob.h"

namespace ringfence {
namespace {

// The literal elements a key begins with, as a path; "/" when it begins with a wildcard.
std::string literal_beginning(const AccountEntry& entry) {
  std::string path = "/";
  for (const std::string& element : entry.elements) {
    if (!is_literal(element)) break;
    path = join_path(path, element);
  }
  return path;
}

std::vector<std::string> to_strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

}  // namespace

void AccountEntries::index(std::uint32_t entry) {
  trie_.add(entries_[entry].elements, entry);
  const std::string beginning = literal_beginning(entries_[entry]);
  for (std::string_view path = beginning; !path.empty(); path = parent_path(path)) {
    if (!known_.emplace(path).second) break;
  }
}

void AccountEntries::read_entry(Problems& problems, YamlNode key, YamlNode value,
                                const Roles& roles, const WallReader& walls) {
  auto elements = parse_account_key(key.text());
  if (!elements) {
    problems.add(key.mark(),
                 "found the account " + quoted(key.text()) + "; " + elements.error().message);
    return;
  }
  AccountEntry entry;
  entry.key = key.text();
  entry.mark = key.mark();
  entry.elements = std::move(*elements);
  if (!value.is_null()) {
    if (!check_map(problems, value, "an account", {{"role", "budgets", "unlimited"}})) return;
    if (const YamlNode node = value_at(value, "role")) {
      entry.role = roles.named(problems, node);
    }
    if (const YamlNode node = value_at(value, "budgets")) {
      walls.budgets(node, BudgetPlace::account, entry.budgets);
    }
    if (const YamlNode node = value_at(value, "unlimited")) {
      entry.unlimited = read_bool(problems, node).value_or(false);
    }
  }
  entries_.push_back(std::move(entry));
  index(static_cast<std::uint32_t>(entries_.size() - 1));
}

void AccountEntries::read(Problems& problems, YamlNode section, const Roles& roles,
                          const WallReader& walls) {
  for_each_entry(
      problems, section, "a map of accounts such as {acme: {budgets: […]}}",
      [&](YamlNode key, YamlNode value) { read_entry(problems, key, value, roles, walls); });
  refuse_ties(problems);
}

void AccountEntries::refuse_ties(Problems& problems) const {
  // Two keys can only meet when the literal beginning of one is an ancestor of the other's.
  std::unordered_map<std::string, std::vector<const AccountEntry*>> by_beginning;
  std::vector<const AccountEntry*> wild;
  for (const AccountEntry& entry : entries_) {
    if (!entry.role || entry.literal()) continue;  // one literal key is never equal to another
    wild.push_back(&entry);
    by_beginning[literal_beginning(entry)].push_back(&entry);
  }
  std::size_t pairs = 0;
  for (const AccountEntry* entry : wild) {
    const std::string beginning = literal_beginning(*entry);
    for (std::string_view path = beginning; !path.empty(); path = parent_path(path)) {
      const auto others = by_beginning.find(std::string(path));
      if (others == by_beginning.end()) continue;
      for (const AccountEntry* other : others->second) {
        // Equal beginnings would report each pair twice.
        if (other == entry || (path == beginning && entry < other)) continue;
        if (other->role == entry->role) continue;
        if (++pairs > kEntryPairsMax) {
          problems.add(entry->mark,
                       "found too many account patterns with roles side by side; expected fewer "
                       "wildcards, or patterns below different accounts");
          return;
        }
        if (!equally_specific(*entry, *other)) continue;
        if (!account_keys_intersect(entry->elements, other->elements)) continue;
        problems.add(
            std::max(entry, other)->mark,
            fmt::format("found {} and {} (line {}), equally specific, with different roles "
                        "for accounts that both match; expected one to be narrower",
                        quoted(std::max(entry, other)->key), quoted(std::min(entry, other)->key),
                        std::min(entry, other)->mark.line));
      }
    }
  }
}

AccountRules AccountEntries::rules(std::string_view path, const Roles& roles) const {
  AccountRules rules;
  rules.known = path == "/" || known_.contains(std::string(path));
  std::vector<std::uint32_t> matching;
  trie_.match(to_strings(path_segments(path)), matching);
  const AccountEntry* deciding = nullptr;
  for (const std::uint32_t index : matching) {
    const AccountEntry& entry = entries_[index];
    rules.known = true;
    rules.unlimited = rules.unlimited || entry.unlimited;
    for (const WallRule& wall : entry.budgets) merge_wall(rules.budgets, wall);
    if (entry.role && (deciding == nullptr || entry.rank() > deciding->rank())) deciding = &entry;
  }
  if (deciding != nullptr) {
    const Role& role = roles[*deciding->role];
    rules.role = deciding->role;
    rules.unlimited = rules.unlimited || role.unlimited;
    for (const WallRule& wall : role.budgets) merge_wall(rules.budgets, wall);
  }
  return rules;
}

}  // namespace ringfence
