// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/operation_text.h"

namespace ringfence {
namespace {

constexpr std::size_t kKindsMax = 64;

}  // namespace

PatternReader::PatternReader(Problems& problems)
    : problems_(problems), kinds_{"llm", "tool", "net", "fs", "cmd", "pay", "agent"} {}

void PatternReader::declare_kinds(YamlNode list) {
  for_each_item(problems_, list, "a list of kinds such as [deploy, ticket]", [&](YamlNode item) {
    const auto name = read_text(problems_, item, "a kind's name");
    if (!name) return;
    if (!valid_kind(*name) || known_kind(*name) || kinds_.size() == kKindsMax) {
      problems_.add(item.mark(), fmt::format("found {}; expected a new kind: a lower-case word, at "
                                             "most {} in all",
                                             quoted(*name), kKindsMax));
      return;
    }
    kinds_.emplace_back(*name);
  });
}

bool PatternReader::known_kind(std::string_view kind) const {
  return std::ranges::find(kinds_, kind) != kinds_.end();
}

std::optional<Pattern> PatternReader::read(YamlNode node, PatternUse use) const {
  const auto text = read_text(problems_, node, "a pattern such as \"llm:openai/*\"");
  if (!text) return std::nullopt;
  auto pattern = Pattern::parse(*text, use);
  if (!pattern) {
    problems_.add(node.mark(),
                  fmt::format("found the pattern {}: {}", quoted(*text), pattern.error().message));
    return std::nullopt;
  }
  if (!pattern->segments.empty() && !known_kind(pattern->segments.front())) {
    std::vector<std::string_view> known;
    if (!problems_.full()) known.assign(kinds_.begin(), kinds_.end());
    problems_.add(node.mark(),
                  fmt::format("found the unknown kind {}{}; others are declared under `kinds`",
                              quoted(pattern->segments.front()),
                              suggestion(pattern->segments.front(), known)));
    return std::nullopt;
  }
  return std::move(*pattern);
}

void PatternReader::index(SegmentTrie& trie, const Pattern& pattern, std::uint32_t value) {
  std::vector<std::string> elements = pattern.segments;
  if (pattern.rest) elements.emplace_back(SegmentTrie::kDeep);
  trie.add(elements, value);
}

}  // namespace ringfence
