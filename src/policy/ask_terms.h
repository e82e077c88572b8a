// SPDX-License-Identifier: Apache-2.0
// AskTerms and AskRule: who has to agree to an operation first, and from how much on.
//
// Contract: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/unit.h"

namespace ringfence {

inline constexpr std::size_t kApproversMax = 64;  // in one rule
inline constexpr std::int64_t kQuorumMax = 16;
inline constexpr std::int64_t kApprovalUsesMax = 1'000;

// Who has to agree, how many of them, by when, and how often the agreement counts.
struct AskTerms {
  std::vector<std::string> approvers;  // "group:<name>", "user:<name>"; none: whoever may approve
  std::int64_t quorum = 1;
  Duration expires = Duration::hours(1);
  std::int64_t uses = 1;
  friend bool operator==(const AskTerms&, const AskTerms&) = default;
};
// The terms of one list of texts, for keys of maps.
std::string text_of(const AskTerms& terms);

struct AskRule {
  std::string match;  // as written
  AskTerms terms;
  Amounts over;  // empty: always

  bool covers(const Amounts& need) const;
};

}  // namespace ringfence
