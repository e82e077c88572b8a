// SPDX-License-Identifier: Apache-2.0
// RulePlaces: where in a policy's text the rules stand that decisions name.
//
// Contract: what is left of reading a text once its rules are compiled; immutable. Made for
// explanations, not for decisions: a look costs as much as the text is long. A rule that came out
// of a class is told at the class. Empty: not found.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/yaml_tree.h"

namespace ringfence {

class Policy;

class RulePlaces {
 public:
  RulePlaces() : problems_({}) {}
  RulePlaces(YamlTree tree, Problems problems)
      : problems_(std::move(problems)), tree_(std::move(tree)) {}

  // "policy.yaml:12:5" of a rule in the list `allow`, `deny` or `danger` of one of these roles
  // ("a", or "a + b" of several documents), of what they extend, or of everyone's; `document`
  // empty: of any.
  std::string rule(std::string_view roles, std::string_view list, std::string_view pattern,
                   std::string_view document) const;
  std::string limit(std::string_view name) const;

 private:
  YamlNode rule_in(YamlNode root, std::string_view roles, std::string_view list,
                   std::string_view pattern) const;

  Problems problems_;
  YamlTree tree_;
};

const RulePlaces& rule_places_of(const Policy& policy);

}  // namespace ringfence
