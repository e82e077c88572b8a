// SPDX-License-Identifier: Apache-2.0
// RuleSet: what may be done, as lists of patterns: the capability rules of a role, or those that a
// document has for everyone.
//
// Contract: immutable after `read`. A check looks at a chain of sets as if their lists stood in
// one: the danger list first, then every deny, then allow. An operation on the danger list needs an
// opt-in by pattern, or as danger:NAME; an allow beats a deny only where it names a proper part of
// what the deny names; what no allow names is denied. Rules with `for` give only to who certainly
// is meant, and forbid to whoever might be.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/asks.h"
#include "policy/identity_match.h"
#include "policy/pattern_reader.h"
#include "policy/policy.h"
#include "policy/segment_trie.h"

namespace ringfence {

// The steps of one check: states of tries, pairs of rules, some hundred bytes compared. Past it,
// denied; measured, it is less than 5 ms.
inline constexpr std::size_t kCheckStepsMax = 10'000;

// Of an operation with unknown parts (policy/unknown.h).
enum class Certainty {
  certain,   // the rule matches whatever they are
  possible,  // it matches for some
};

class RuleList {
 public:
  // [PATTERN or {match: PATTERN, for: {user: alice}}, …]
  void read(Problems& problems, YamlNode list, const PatternReader& patterns, PatternUse use);

  const std::vector<Pattern>& patterns() const { return patterns_; }
  bool asks_identity() const { return !conditions_.empty(); }
  // Appends the rules that match and, by `meant`, are about who asks. False past `steps`.
  bool match(std::span<const std::string> segments, Certainty certainty,
             bool (*meant)(const IdentityMatch&, const Identity&), const Identity& identity,
             std::size_t& steps, std::vector<const Pattern*>& out) const;

 private:
  std::vector<Pattern> patterns_;
  std::vector<std::uint32_t> condition_of_;  // by pattern: a place in conditions_, or kAnyone
  std::vector<IdentityMatch> conditions_;
  SegmentTrie trie_;
};

struct RuleSet {
  RuleList allow;
  RuleList deny;
  RuleList danger;
  AskRules ask;  // whoever asks

  bool asks_identity() const {
    return allow.asks_identity() || deny.asks_identity() || danger.asks_identity();
  }
};

// What is checked besides what is denied.
struct RuleScope {
  bool danger = true;  // the danger list needs an opt-in
  bool allow = true;   // something must allow it
};

Verdict check_rules(std::span<const RuleSet* const> chain, const Operation& operation,
                    const Identity& identity, RuleScope scope);

// Whether the danger of this name is opted in to, as danger:NAME.
bool opts_in(std::span<const RuleSet* const> chain, std::string_view danger,
             const Identity& identity);

}  // namespace ringfence
