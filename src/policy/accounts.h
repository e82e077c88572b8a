// SPDX-License-Identifier: Apache-2.0
// AccountEntries: which entries of a document's `accounts` section speak about an account, and what
// they say together.
//
// Grammar of a key (ABNF): key     = "/" / element *15( "/" element )
//                          element = segment (base/path.h) in which "*" stands for any run of
//                                    characters, or "**"
// A final "**" matches one or more segments, any other "**" none or more.
//
// Contract: immutable after `read`. The budgets of all matching entries apply; of two with the same
// unit and window the stricter stands. The role comes from the most specific matching entry that
// states one: more literal segments, then more segments such as reviewer-*, then more "*", then
// fewer "**", then more literal characters. Two entries that are equally specific, state
// different roles and can match the same account are refused, unless one lies within the other.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/policy.h"
#include "policy/reader.h"
#include "policy/roles.h"
#include "policy/segment_trie.h"
#include "policy/walls.h"

namespace ringfence {

// Of wildcard entries that state roles, side by side: comparisons that a compile does at most.
inline constexpr std::size_t kEntryPairsMax = 1'000'000;

struct AccountEntry {
  std::string key;  // as written
  Mark mark;
  std::vector<std::string> elements;  // "**" as SegmentTrie::kDeep
  std::optional<RoleId> role;
  std::vector<WallRule> budgets;
  bool unlimited = false;

  struct Rank {
    std::size_t literal_segments = 0;
    std::size_t partial_segments = 0;    // such as reviewer-*
    std::size_t single_segments = 0;     // all but "**", which stands for one when it is final
    std::ptrdiff_t deep_segments = 0;    // "**", counted below zero: fewer rank higher
    std::size_t literal_characters = 0;  // of partial segments
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };
  Rank rank() const;
  bool literal() const;
};

// No rank tells which of the two should decide, and neither lies within the other.
bool equally_specific(const AccountEntry& a, const AccountEntry& b);

class AccountEntries {
 public:
  void read(Problems& problems, YamlNode section, const Roles& roles, const WallReader& walls);

  AccountRules rules(std::string_view path, const Roles& roles) const;
  const std::vector<AccountEntry>& entries() const { return entries_; }

 private:
  void read_entry(Problems& problems, YamlNode key, YamlNode value, const Roles& roles,
                  const WallReader& walls);
  void index(std::uint32_t entry);
  void refuse_ties(Problems& problems) const;

  std::vector<AccountEntry> entries_;
  SegmentTrie trie_;
  std::unordered_set<std::string> known_;  // literal beginnings of keys
};

// Elements of a key, "**" as SegmentTrie::kDeep. Errors: `invalid`.
Result<std::vector<std::string>> parse_account_key(std::string_view key);
// Some account matches both.
bool account_keys_intersect(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace ringfence
