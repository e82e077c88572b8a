// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/operation_text.h"

namespace ringfence {
namespace {

constexpr std::size_t kKindsMax = 64;
constexpr std::size_t kClassesMax = 1'000;
constexpr std::size_t kClassNameMax = 63;

// Words of a-z, 0-9, '-' and '_', separated by ':'.
bool valid_class(std::string_view name) {
  bool in_word = false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter && (c != ':' || !in_word)) return false;
    in_word = letter;
  }
  return in_word && name.size() <= kClassNameMax;
}

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

PatternReader PatternReader::with_kind(std::string_view kind) const {
  PatternReader wider = *this;
  wider.kinds_.emplace_back(kind);
  return wider;
}

void PatternReader::report_kind(YamlNode node, std::string_view kind) const {
  std::vector<std::string_view> known;
  if (!problems_.full()) {
    known.assign(kinds_.begin(), kinds_.end());
    for (const Class& each : classes_) known.push_back(each.name);
  }
  problems_.add(node.mark(), fmt::format("found the unknown kind {}{}; others are declared under "
                                         "`kinds` or `classes`",
                                         quoted(kind), suggestion(kind, known)));
}

std::optional<Pattern> PatternReader::read_one(YamlNode node, std::string_view text,
                                               PatternUse use) const {
  auto pattern = Pattern::parse(text, use);
  if (!pattern) {
    problems_.add(node.mark(),
                  fmt::format("found the pattern {}: {}", quoted(text), pattern.error().message));
    return std::nullopt;
  }
  if (!pattern->segments.empty() && !known_kind(pattern->segments.front())) {
    report_kind(node, pattern->segments.front());
    return std::nullopt;
  }
  return std::move(*pattern);
}

void PatternReader::declare_class(YamlNode key, YamlNode value) {
  const std::string_view name = key.text();
  const std::string_view first = name.substr(0, name.find(':'));
  const bool taken = std::ranges::find(classes_, name, &Class::name) != classes_.end();
  if (!valid_class(name) || known_kind(first) || first == "danger" || taken ||
      classes_.size() == kClassesMax) {
    problems_.add(key.mark(),
                  fmt::format("found {}; expected a new class: lower-case words such as "
                              "risk:external that do not begin with a kind, at most {} in all",
                              quoted(name), kClassesMax));
    return;
  }
  Class declared{std::string(name), {}};
  for_each_item(problems_, value, "a list of patterns such as [\"tool:mail/*\"]",
                [&](YamlNode item) {
                  const auto text = read_text(problems_, item, "a pattern such as \"tool:mail/*\"");
                  // Good for both uses: as a denial it is a prefix.
                  if (text && read_one(item, *text, PatternUse::match))
                    declared.patterns.emplace_back(*text);
                });
  if (value.is_sequence() && value.size() == 0) {
    problems_.add(value.mark(), "found no pattern; expected one, since nothing would be meant");
  }
  classes_.push_back(std::move(declared));
}

void PatternReader::declare_classes(YamlNode map) {
  for_each_entry(problems_, map, "a map of classes such as {risk:external: [\"tool:mail/*\"]}",
                 [&](YamlNode key, YamlNode value) { declare_class(key, value); });
}

std::vector<Pattern> PatternReader::read(YamlNode node, PatternUse use) const {
  std::vector<Pattern> patterns;
  const auto add = [&](YamlNode item) {
    const auto text = read_text(problems_, item, "a pattern such as \"llm:openai/*\", or a class");
    if (!text) return;
    const auto named = std::ranges::find(classes_, *text, &Class::name);
    if (named == classes_.end()) {
      if (auto pattern = read_one(item, *text, use)) patterns.push_back(*std::move(pattern));
      return;
    }
    for (const std::string& each : named->patterns) {
      if (auto pattern = read_one(item, each, use)) patterns.push_back(*std::move(pattern));
    }
  };
  if (!node.is_sequence()) {
    add(node);
    return patterns;
  }
  for_each_item(problems_, node, "a list of patterns", add);
  if (node.size() == 0) problems_.add(node.mark(), "found no pattern; expected one or more");
  return patterns;
}

void PatternReader::index(SegmentTrie& trie, const Pattern& pattern, std::uint32_t value) {
  std::vector<std::string> elements = pattern.segments;
  if (pattern.rest) elements.emplace_back(SegmentTrie::kDeep);
  trie.add(elements, value);
}

std::string written(YamlNode match) {
  if (match.is_scalar()) return std::string(match.text());
  std::string all;
  for (YamlNode item = match.first(); item; item = item.next()) {
    if (!all.empty()) all += ", ";
    if (item.is_scalar()) all += item.text();
  }
  return all;
}

}  // namespace ringfence
