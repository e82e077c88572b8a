// SPDX-License-Identifier: Apache-2.0
#include "policy/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"

namespace ringfence {
namespace {

constexpr std::size_t kSuggestionsMax = 32;  // longer lists are not written out

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  if (const std::string_view near = nearest(word, known); !near.empty()) {
    return fmt::format("; did you mean {}?", quoted(near));
  }
  if (known.empty() || known.size() > kSuggestionsMax) return {};
  return fmt::format("; expected {}{}", known.size() > 1 ? "one of " : "", fmt::join(known, ", "));
}

bool check_map(Problems& problems, YamlNode node, std::string_view what, const Keys& keys) {
  if (!node.is_map()) {
    problems.add(node.mark(), fmt::format("found {}; expected {}: a map of {}", node.found(), what,
                                          fmt::join(keys.known, ", ")));
    return false;
  }
  for (YamlNode key = node.first(); key; key = key.next().next()) {
    if (!key.is_scalar() || contains(keys.known, key.text())) continue;
    const std::string_view name = key.text();
    if (problems.full()) {
      problems.add(key.mark(), {});  // counted only; looking for a near key would cost
    } else if (contains(keys.later, name)) {
      problems.add(key.mark(), fmt::format("found {}, which is {}; expected a document without it",
                                           quoted(name), kNotYet));
    } else {
      problems.add(key.mark(), fmt::format("unknown key {} in {}{}", quoted(name), what,
                                           suggestion(name, keys.known)));
    }
  }
  return true;
}

YamlNode value_at(YamlNode map, std::string_view key) {
  if (!map || !map.is_map()) return {};
  for (YamlNode name = map.first(); name; name = name.next().next()) {
    if (name.is_scalar() && name.text() == key) return name.next();
  }
  return {};
}

YamlNode require(Problems& problems, YamlNode map, std::string_view key,
                 std::string_view expected) {
  const YamlNode value = value_at(map, key);
  if (!value) problems.add(map.mark(), fmt::format("found no `{}`; expected {}", key, expected));
  return value;
}

std::optional<std::string_view> read_text(Problems& problems, YamlNode node,
                                          std::string_view expected) {
  if (node.is_scalar() && !node.text().empty()) return node.text();
  problems.add(node.mark(),
               fmt::format("found {}; expected {}",
                           node.is_scalar() ? "an empty text" : node.found(), expected));
  return std::nullopt;
}

std::optional<bool> read_bool(Problems& problems, YamlNode node) {
  if (node.kind() == YamlNode::Kind::plain) {
    if (node.text() == "true") return true;
    if (node.text() == "false") return false;
  }
  problems.add(node.mark(), "found " + node.found() + "; expected true or false");
  return std::nullopt;
}

std::optional<std::int64_t> read_amount(Problems& problems, YamlNode node, Unit unit,
                                        std::string_view unit_name) {
  std::string reason;
  if (node.is_scalar()) {
    const auto amount = parse_amount(unit, node.text());
    if (amount) return *amount;
    reason = " (" + amount.error().message + ")";
  }
  const std::string_view example = unit == kUsd       ? "an exact decimal such as \"0.50\""
                                   : unit == kSeconds ? "a decimal such as 1.5"
                                                      : "a whole number such as 200";
  problems.add(node.mark(), fmt::format("found {}{}; expected an amount of {}: {}, not negative",
                                        node.found(), reason, unit_name, example));
  return std::nullopt;
}

std::optional<std::int64_t> read_count(Problems& problems, YamlNode node, std::string_view what,
                                       Range range) {
  if (node.is_scalar()) {
    const auto count = parse_decimal(node.text(), 0);
    if (count && *count >= range.least && *count <= range.most) return *count;
  }
  problems.add(node.mark(), fmt::format("found {}; expected {}: a whole number from {} to {}",
                                        node.found(), what, range.least, range.most));
  return std::nullopt;
}

std::optional<Duration> read_duration(Problems& problems, YamlNode node, DurationRange range) {
  if (node.is_scalar()) {
    const auto duration = parse_duration(node.text());
    if (duration && *duration >= range.least && *duration <= range.most) return *duration;
  }
  problems.add(
      node.mark(),
      fmt::format("found {}; expected a duration such as 90s, 15m or 2h, from {} to {}",
                  node.found(), format_duration(range.least), format_duration(range.most)));
  return std::nullopt;
}

}  // namespace ringfence
