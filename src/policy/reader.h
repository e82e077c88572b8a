// SPDX-License-Identifier: Apache-2.0
// Typed access to a document's values: each reader takes what fits and reports what does not.
//
// Contract: a reader that returns nothing has reported why, with place and what was expected, so
// callers just go on. A map is read through its list of keys: an unknown one is refused with the
// nearest known key, one that a later version enforces is refused as such, never ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "base/time.h"
#include "base/unit.h"
#include "policy/yaml_tree.h"

namespace ringfence {

inline constexpr std::string_view kNotYet = "not enforced yet by this version";

struct Keys {
  std::vector<std::string_view> known;
  std::vector<std::string_view> later = {};  // of 3-policy, but without effect yet: refused
};

// Reports every key outside `keys`. False when `node` is no map.
bool check_map(Problems& problems, YamlNode node, std::string_view what, const Keys& keys);

// The value of a key of a small map; false when absent.
YamlNode value_at(YamlNode map, std::string_view key);
// The same, reported when absent.
YamlNode require(Problems& problems, YamlNode map, std::string_view key, std::string_view expected);

// f(key node, value node) for each entry. False, and reported, when `node` is no map.
template <class F>
bool for_each_entry(Problems& problems, YamlNode node, std::string_view expected, F&& f) {
  if (!node.is_map()) {
    problems.add(node.mark(), "found " + node.found() + "; expected " + std::string(expected));
    return false;
  }
  for (YamlNode key = node.first(); key; key = key.next().next()) {
    if (key.is_scalar()) f(key, key.next());  // others are reported by the tree
  }
  return true;
}

// f(item node) for each item. False, and reported, when `node` is no list.
template <class F>
bool for_each_item(Problems& problems, YamlNode node, std::string_view expected, F&& f) {
  if (!node.is_sequence()) {
    problems.add(node.mark(), "found " + node.found() + "; expected " + std::string(expected));
    return false;
  }
  for (YamlNode item = node.first(); item; item = item.next()) f(item);
  return true;
}

std::optional<std::string_view> read_text(Problems& problems, YamlNode node,
                                          std::string_view expected);
std::optional<bool> read_bool(Problems& problems, YamlNode node);
std::optional<std::int64_t> read_amount(Problems& problems, YamlNode node, Unit unit,
                                        std::string_view unit_name);

struct Range {
  std::int64_t least;
  std::int64_t most;
};
std::optional<std::int64_t> read_count(Problems& problems, YamlNode node, std::string_view what,
                                       Range range);

struct DurationRange {
  Duration least;
  Duration most;
};
std::optional<Duration> read_duration(Problems& problems, YamlNode node, DurationRange range);

// "; did you mean `x`?" or "; expected one of a, b".
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace ringfence
