// SPDX-License-Identifier: Apache-2.0
// AskRules: for which operations a person has to agree first, and on what terms.
//
//   ask:
//     - {match: "tool:github/merge_*", approvers: ["group:release"], quorum: 1, expires: 1h, uses:
//     1}
//     - {match: "*", over: {usd: "1.00"}}
//
// Contract: immutable after `read`. What a rule names it names as a deny does: with everything
// below it, in upper and lower case alike, and with what only may be meant. With `over` it counts
// only from that much on, in any of the units it states. All rules that match count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/ask_terms.h"
#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"
#include "policy/reader.h"

namespace ringfence {

inline constexpr std::size_t kAskRulesMax = 100'000;      // in one list
inline constexpr std::size_t kAskRulesTogetherMax = 256;  // about one operation

// The members of a rule or of `on_exceed: {ask: …}`, but for `uses`, which walls do not have.
inline constexpr std::string_view kAskTermKeys[] = {"approvers", "quorum", "expires"};
void read_ask_terms(Problems& problems, YamlNode map, AskTerms& terms);

class AskRules {
 public:
  void read(Problems& problems, YamlNode list, const PatternReader& patterns,
            const UnitTable& units);

  bool empty() const { return rules_.empty(); }
  const std::vector<AskRule>& rules() const { return rules_; }
  // Appends those that match and are not there yet, whatever is needed; `folded` is in lower case.
  // Looks at no more than `steps` states of the trie; false when that was not enough, or more than
  // kAskRulesTogetherMax match.
  bool match(std::span<const std::string> folded, std::vector<const AskRule*>& out,
             std::size_t steps = SIZE_MAX) const;

 private:
  void read_rule(Problems& problems, YamlNode map, const PatternReader& patterns,
                 const UnitTable& units);

  std::vector<AskRule> rules_;
  PatternIndex index_;
};

}  // namespace ringfence
