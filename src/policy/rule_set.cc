// SPDX-License-Identifier: Apache-2.0
#include "policy/rule_set.h"

#include <algorithm>

#include "policy/danger.h"
#include "policy/glob.h"
#include "policy/unknown.h"

namespace ringfence {
namespace {

constexpr std::string_view kDangerKind = "danger";
constexpr std::uint32_t kAnyone = 0xFFFF'FFFF;

bool admits(const IdentityMatch& match, const Identity& identity) { return match.admits(identity); }
// Comparing two patterns, in the steps of a check.
std::size_t cost_of(const Pattern& a, const Pattern& b) {
  const auto bytes = [](const Pattern& pattern) {
    std::size_t sum = 0;
    for (const std::string& segment : pattern.segments) sum += segment.size();
    return sum;
  };
  constexpr std::size_t kBytesPerStep = 128;
  return 1 + a.segments.size() + b.segments.size() + bytes(a) * bytes(b) / kBytesPerStep;
}

bool covers(const IdentityMatch& match, const Identity& identity) { return match.covers(identity); }

}  // namespace

void RuleList::read(Problems& problems, YamlNode list, const PatternReader& patterns,
                    PatternUse use) {
  for_each_item(
      problems, list, "a list of patterns such as [\"llm:openai/*\"]", [&](YamlNode item) {
        YamlNode match = item;
        std::uint32_t condition = kAnyone;
        if (item.is_map()) {
          if (!check_map(problems, item, "a rule", {{"match", "for"}})) return;
          match = require(problems, item, "match", "a pattern such as \"llm:openai/*\"");
          const YamlNode whom = require(problems, item, "for", "whom it is for: {user: alice}");
          if (!match || !whom) return;
          condition = static_cast<std::uint32_t>(conditions_.size());
          conditions_.push_back(IdentityMatch::read(problems, whom));
        }
        for (Pattern& pattern : patterns.read(match, use)) {
          PatternReader::index(trie_, pattern, static_cast<std::uint32_t>(patterns_.size()));
          patterns_.push_back(std::move(pattern));
          condition_of_.push_back(condition);
        }
      });
}

bool RuleList::match(std::span<const std::string> segments, Certainty certainty,
                     bool (*meant)(const IdentityMatch&, const Identity&), const Identity& identity,
                     std::size_t& steps, std::vector<const Pattern*>& out) const {
  std::vector<std::uint32_t> matching;
  // What is too much to compare counts as a match, and no answer comes of it.
  const auto meets = [&](std::uint32_t rule, const Pattern& asked) {
    steps -= std::min(steps, cost_of(patterns_[rule], asked));
    return steps == 0 || patterns_intersect(patterns_[rule], asked);
  };
  const bool found = certainty == Certainty::certain
                         ? trie_.match(segments, matching, &steps)
                         : patterns_that_may_match(trie_, segments, meets, matching, &steps);
  if (!found || steps == 0) return false;
  for (const std::uint32_t rule : matching) {
    const std::uint32_t condition = condition_of_[rule];
    if (condition != kAnyone && !meant(conditions_[condition], identity)) continue;
    out.push_back(&patterns_[rule]);
  }
  return true;
}

bool opts_in(std::span<const RuleSet* const> chain, std::string_view danger,
             const Identity& identity) {
  const std::vector<std::string> named{std::string(kDangerKind), std::string(danger)};
  std::size_t steps = kCheckStepsMax;
  std::vector<const Pattern*> found;
  return std::ranges::any_of(chain, [&](const RuleSet* rules) {
    return rules->danger.match(named, Certainty::certain, admits, identity, steps, found) &&
           !found.empty();
  });
}

Verdict check_rules(std::span<const RuleSet* const> chain, const Operation& operation,
                    const Identity& identity, RuleScope scope) {
  const Verdict too_many{.allowed = false, .gate = Gate::unreadable, .rule = {}};
  std::size_t steps = kCheckStepsMax;
  const auto collect = [&](RuleList RuleSet::* list, std::span<const std::string> segments,
                           Certainty certainty, auto meant, std::vector<const Pattern*>& out) {
    return std::ranges::all_of(chain, [&](const RuleSet* rules) {
      return (rules->*list).match(segments, certainty, meant, identity, steps, out);
    });
  };

  if (const Dangers dangers = scope.danger ? dangers_of(operation) : Dangers(); !dangers.empty()) {
    // This very operation, or each of its dangers by name.
    std::vector<const Pattern*> opted;
    if (!collect(&RuleSet::danger, operation.segments(), Certainty::certain, admits, opted)) {
      return too_many;
    }
    const auto closed = std::ranges::find_if(dangers, [&](std::string_view danger) {
      return opted.empty() && !opts_in(chain, danger, identity);
    });
    if (closed != dangers.end()) {
      return {.allowed = false, .gate = Gate::danger, .rule = std::string(*closed)};
    }
  }
  std::vector<const Pattern*> allows;
  std::vector<const Pattern*> denies;
  if (!collect(&RuleSet::allow, operation.segments(), Certainty::certain, admits, allows)) {
    return too_many;
  }
  for (const std::vector<std::string>& spelling : forbidden_spellings(operation.segments())) {
    if (!collect(&RuleSet::deny, spelling, Certainty::possible, covers, denies)) return too_many;
  }
  const Pattern* decided = allows.empty() ? nullptr : allows.front();
  for (const Pattern* deny : denies) {
    const auto narrower = std::ranges::find_if(allows, [&](const Pattern* allow) {
      steps -= std::min(steps, cost_of(*allow, *deny));
      return steps == 0 || properly_within(*allow, *deny);
    });
    if (steps == 0) return too_many;
    if (narrower == allows.end()) {
      return {.allowed = false, .gate = Gate::deny, .rule = deny->written};
    }
    decided = *narrower;
  }
  if (decided == nullptr && scope.allow) return {.allowed = false, .gate = Gate::allow, .rule = {}};
  return {.allowed = true, .gate = Gate::allow, .rule = decided ? decided->written : ""};
}

}  // namespace ringfence
