// SPDX-License-Identifier: Apache-2.0
#include "policy/loops.h"

#include <fmt/format.h>

namespace ringfence {
namespace {

constexpr DurationRange kSpanRange{Duration::seconds(1), Duration::days(1)};

// `run`, or {rolling: 10m}.
std::optional<Window> read_window(Problems& problems, YamlNode node) {
  if (node.is_scalar() && node.text() == "run") return Window{WindowKind::run, {}};
  const YamlNode span = node.is_map() && node.size() == 2 ? value_at(node, "rolling") : YamlNode();
  if (!span) {
    problems.add(node.mark(),
                 fmt::format("found {}; expected run or {{rolling: 10m}}", node.found()));
    return std::nullopt;
  }
  const auto duration = read_duration(problems, span, kSpanRange);
  if (!duration) return std::nullopt;
  return Window{WindowKind::rolling, *duration};
}

}  // namespace

void Loops::read_rule(Problems& problems, YamlNode map, const PatternReader& patterns) {
  if (!check_map(problems, map, "a loop rule", {{"match", "same", "refused", "window"}})) return;
  const YamlNode match = require(problems, map, "match", "a pattern such as \"*\"");
  LoopRule rule;
  const auto count = [&](std::string_view key) -> std::optional<std::int64_t> {
    const YamlNode node = value_at(map, key);
    if (!node) return std::nullopt;
    return read_count(problems, node, "how often", {1, kLoopCountMax});
  };
  rule.same = count("same");
  rule.refused = count("refused");
  if (!value_at(map, "same") && !value_at(map, "refused")) {
    problems.add(map.mark(), "found neither `same` nor `refused`; expected one or both");
  }
  if (const YamlNode node = value_at(map, "window")) {
    if (const auto window = read_window(problems, node)) rule.window = *window;
  }
  if (!match) return;
  rule.match = written(match);
  for (const Pattern& pattern : patterns.read(match, PatternUse::match)) {
    index_.add(pattern, static_cast<std::uint32_t>(rules_.size()));
  }
  rules_.push_back(std::move(rule));
}

void Loops::read(Problems& problems, YamlNode section, const PatternReader& patterns) {
  for_each_item(problems, section, "a list of loop rules", [&](YamlNode item) {
    if (rules_.size() < kLoopRulesMax) return read_rule(problems, item, patterns);
    problems.add(item.mark(),
                 fmt::format("found more than {} loop rules; expected fewer", kLoopRulesMax));
  });
}

}  // namespace ringfence
