// SPDX-License-Identifier: Apache-2.0
#include "policy/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/yaml_tree.h"

namespace ringfence {
namespace {

constexpr std::size_t kShownMax = 160;

// A value on one line, maps in the order of their keys.
std::string flat(YamlNode node) {
  if (!node || node.is_null()) return "";
  if (node.is_scalar()) return std::string(node.text());
  std::string out;
  if (node.is_sequence()) {
    for (YamlNode item = node.first(); item; item = item.next()) {
      out += (out.empty() ? "" : ", ") + flat(item);
    }
    return "[" + out + "]";
  }
  std::map<std::string_view, YamlNode> sorted;
  for (YamlNode key = node.first(); key; key = key.next().next()) {
    if (key.is_scalar()) sorted[key.text()] = key.next();
  }
  for (const auto& [key, value] : sorted) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", key, flat(value));
  }
  return "{" + out + "}";
}

std::string shortened(std::string text) {
  if (text.size() <= kShownMax) return text;
  std::size_t cut = kShownMax;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return text.substr(0, cut) + "…";
}

std::string scalar_at(YamlNode map, std::string_view key) {
  for (YamlNode at = map.is_map() ? map.first() : YamlNode(); at; at = at.next().next()) {
    if (at.is_scalar() && at.text() == key && at.next().is_scalar()) {
      return std::string(at.next().text());
    }
  }
  return {};
}

// What tells an item of a list from the others: its name, else all of it.
std::string identity(YamlNode item) {
  const std::string name = scalar_at(item, "name");
  return name.empty() ? flat(item) : name;
}

class Comparison {
 public:
  void compare(const std::string& where, YamlNode before, YamlNode after);
  std::vector<Difference> take() { return std::move(found_); }

 private:
  void maps(const std::string& where, YamlNode before, YamlNode after);
  void lists(const std::string& where, YamlNode before, YamlNode after);
  void add(Difference::Kind kind, const std::string& where, YamlNode before, YamlNode after) {
    if (found_.size() >= kDifferencesMax) return;
    found_.push_back({kind, where, shortened(flat(before)), shortened(flat(after))});
  }

  std::vector<Difference> found_;
};

void Comparison::maps(const std::string& where, YamlNode before, YamlNode after) {
  std::map<std::string, std::pair<YamlNode, YamlNode>> both;
  for (YamlNode key = before.first(); key; key = key.next().next()) {
    both[std::string(key.text())].first = key.next();
  }
  for (YamlNode key = after.first(); key; key = key.next().next()) {
    both[std::string(key.text())].second = key.next();
  }
  for (const auto& [key, values] : both) {
    compare(where.empty() ? key : where + "." + key, values.first, values.second);
  }
}

void Comparison::lists(const std::string& where, YamlNode before, YamlNode after) {
  std::map<std::string, std::vector<YamlNode>> old_items;
  for (YamlNode item = before.first(); item; item = item.next()) {
    old_items[identity(item)].push_back(item);
  }
  std::map<std::string, std::size_t> taken;
  for (YamlNode item = after.first(); item; item = item.next()) {
    const std::string name = identity(item);
    const auto old = old_items.find(name);
    const std::size_t place = taken[name]++;
    if (old == old_items.end() || place >= old->second.size()) {
      add(Difference::Kind::added, where, {}, item);
    } else {
      compare(where + "." + name, old->second[place], item);
    }
  }
  for (const auto& [name, items] : old_items) {
    for (std::size_t i = taken[name]; i < items.size(); ++i) {
      add(Difference::Kind::removed, where, items[i], {});
    }
  }
}

void Comparison::compare(const std::string& where, YamlNode before, YamlNode after) {
  if (!before || !after) {
    add(before ? Difference::Kind::removed : Difference::Kind::added, where, before, after);
  } else if (before.is_map() && after.is_map()) {
    maps(where, before, after);
  } else if (before.is_sequence() && after.is_sequence()) {
    lists(where, before, after);
  } else if (flat(before) != flat(after)) {
    add(Difference::Kind::changed, where, before, after);
  }
}

}  // namespace

std::string Difference::text() const {
  switch (kind) {
    case Kind::added: return fmt::format("{}: added {}", where, after);
    case Kind::removed: return fmt::format("{}: removed {}", where, before);
    case Kind::changed: return fmt::format("{}: {} -> {}", where, before, after);
  }
  return {};
}

Result<std::vector<Difference>> differences(std::string_view before, std::string_view after) {
  Problems problems("policy");
  YamlTree old_tree, new_tree;
  const bool read = old_tree.parse(before, problems) && new_tree.parse(after, problems);
  if (!read || !problems.empty()) return std::unexpected(problems.error());
  Comparison comparison;
  const auto old_roots = old_tree.roots();
  const auto new_roots = new_tree.roots();
  for (std::size_t i = 0; i < std::max(old_roots.size(), new_roots.size()); ++i) {
    const bool several = old_roots.size() > 1 || new_roots.size() > 1;
    comparison.compare(several ? fmt::format("document {}", i + 1) : "",
                       i < old_roots.size() ? old_roots[i] : YamlNode(),
                       i < new_roots.size() ? new_roots[i] : YamlNode());
  }
  return comparison.take();
}

}  // namespace ringfence
