// SPDX-License-Identifier: Apache-2.0
#include "policy/asks.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence {
namespace {

constexpr DurationRange kExpiresRange{Duration::seconds(1), Duration::days(7)};
constexpr std::size_t kApproverBytesMax = 128;

bool valid_approver(std::string_view text) {
  for (const std::string_view prefix : {"group:", "user:"}) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view name = text.substr(prefix.size());
    return !name.empty() && text.size() <= kApproverBytesMax &&
           std::ranges::all_of(name, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '.' || c == '@' || c == '/';
           });
  }
  return false;
}

void read_approvers(Problems& problems, YamlNode list, AskTerms& terms) {
  if (list.is_sequence() && (list.size() == 0 || list.size() > kApproversMax)) {
    problems.add(list.mark(), fmt::format("found {} approvers; expected 1 to {}, or none stated, "
                                          "for whoever has the right `approve`",
                                          list.size(), kApproversMax));
    return;
  }
  for_each_item(
      problems, list, "a list of approvers such as [\"group:release\"]", [&](YamlNode item) {
        if (item.is_scalar() && valid_approver(item.text())) {
          terms.approvers.emplace_back(item.text());
        } else {
          problems.add(item.mark(),
                       "found " + item.found() + "; expected group:<name> or user:<name>");
        }
      });
}

}  // namespace

std::string text_of(const AskTerms& terms) {
  return fmt::format("{}|{}|{}|{}", fmt::join(terms.approvers, " "), terms.quorum, terms.expires.us,
                     terms.uses);
}

void read_ask_terms(Problems& problems, YamlNode map, AskTerms& terms) {
  if (const YamlNode node = value_at(map, "approvers")) read_approvers(problems, node, terms);
  if (const YamlNode node = value_at(map, "quorum")) {
    const auto quorum = read_count(problems, node, "how many have to agree", {1, kQuorumMax});
    terms.quorum = quorum.value_or(terms.quorum);
  }
  if (const YamlNode node = value_at(map, "expires")) {
    terms.expires = read_duration(problems, node, kExpiresRange).value_or(terms.expires);
  }
}

bool AskRule::covers(const Amounts& need) const {
  bool covered = over.empty();
  over.for_each([&](Unit unit, std::int64_t from) { covered = covered || need.get(unit) >= from; });
  return covered;
}

void AskRules::read_rule(Problems& problems, YamlNode map, const PatternReader& patterns,
                         const UnitTable& units) {
  Keys keys{.known = {"match", "over", "uses"}};
  keys.known.insert(keys.known.end(), std::begin(kAskTermKeys), std::end(kAskTermKeys));
  if (!check_map(problems, map, "an ask rule", keys)) return;
  const YamlNode match = require(problems, map, "match", "a pattern such as \"tool:github/*\"");
  if (!match) return;
  AskRule rule;
  read_ask_terms(problems, map, rule.terms);
  if (const YamlNode node = value_at(map, "uses")) {
    const auto uses = read_count(problems, node, "uses of one approval", {1, kApprovalUsesMax});
    rule.terms.uses = uses.value_or(1);
  }
  if (const YamlNode over = value_at(map, "over")) {
    const auto read = [&](YamlNode key, YamlNode value) {
      const auto unit = units.find(key.text());
      if (!unit) {
        std::vector<std::string_view> names;
        for (std::size_t i = 0; i < units.size(); ++i) {
          names.push_back(units.name(Unit{static_cast<std::uint8_t>(i)}));
        }
        problems.add(key.mark(), "found the unknown unit " + quoted(key.text()) +
                                     suggestion(key.text(), names));
      } else if (const auto amount = read_amount(problems, value, *unit, units.name(*unit))) {
        rule.over.set(*unit, *amount);
      }
    };
    for_each_entry(problems, over, "amounts such as {usd: \"1.00\"}", read);
    if (over.is_map() && over.size() == 0) {
      problems.add(over.mark(), "found no amount; expected one or more, such as {usd: \"1.00\"}");
    }
  }
  // A class is several patterns.
  const std::vector<Pattern> patterns_of = patterns.read(match, PatternUse::prefix);
  if (patterns_of.empty()) return;
  rule.match = match.is_scalar() ? std::string(match.text()) : patterns_of.front().written + ", …";
  for (const Pattern& pattern : patterns_of) {
    index_.add(pattern, static_cast<std::uint32_t>(rules_.size()));
  }
  rules_.push_back(std::move(rule));
}

void AskRules::read(Problems& problems, YamlNode list, const PatternReader& patterns,
                    const UnitTable& units) {
  for_each_item(problems, list, "a list of ask rules such as [{match: \"tool:github/merge_*\"}]",
                [&](YamlNode item) {
                  if (rules_.size() < kAskRulesMax) read_rule(problems, item, patterns, units);
                });
  if (rules_.size() >= kAskRulesMax) {
    problems.add(list.mark(),
                 fmt::format("found {} ask rules or more; expected fewer", kAskRulesMax));
  }
}

bool AskRules::match(std::span<const std::string> folded, std::vector<const AskRule*>& out,
                     std::size_t steps) const {
  if (rules_.empty()) return true;
  std::vector<std::uint32_t> matching;
  const bool whole = index_.match(folded, matching, &steps);
  for (const std::uint32_t index : matching) {
    const AskRule* rule = &rules_[index];
    if (std::ranges::find(out, rule) != out.end()) continue;
    if (out.size() == kAskRulesTogetherMax) return false;
    out.push_back(rule);
  }
  return whole;
}

}  // namespace ringfence
