// SPDX-License-Identifier: Apache-2.0
// WallRules: what the policy in force says of walls beyond their caps, each rule once.
//
// Contract: pure, transient: filled while walls are bound, and anew under another policy. Number 0
// is of walls that are not bound. A reference is valid until `clear`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace ringfence {

struct BoundRule {
  OnExceed on_exceed = OnExceed::refuse;
  std::vector<AlertAt> alerts;
  std::string downgrade;
  AskTerms ask;
};

class WallRules {
 public:
  const BoundRule& at(std::uint32_t number) const { return rules_[number]; }
  std::uint32_t number(const WallRule& rule) {
    Key key{rule.on_exceed, {}, rule.downgrade, text_of(rule.ask)};
    for (const AlertAt& alert : rule.alerts) {
      std::get<1>(key).emplace_back(alert.permille, alert.amount);
    }
    const auto next = static_cast<std::uint32_t>(rules_.size());
    const auto [it, fresh] = numbers_.emplace(std::move(key), next);
    if (fresh) rules_.push_back({rule.on_exceed, rule.alerts, rule.downgrade, rule.ask});
    return it->second;
  }
  void clear() {
    rules_.resize(1);
    numbers_.clear();
  }

 private:
  using Key = std::tuple<OnExceed, std::vector<std::pair<std::int64_t, std::int64_t>>, std::string,
                         std::string>;
  std::deque<BoundRule> rules_{1};
  std::map<Key, std::uint32_t> numbers_;
};

}  // namespace ringfence
