// SPDX-License-Identifier: Apache-2.0
// RulePlaces: where in a policy's text the rules stand that decisions name.
//
// Contract: built from a text that compiles, by reading it again as YAML; pure. Made for
// explanations, not for decisions: it costs as much as the text is long. A rule that came out of a
// class is told at the class. Empty: not found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/yaml_tree.h"

namespace ringfence {

class RulePlaces {
 public:
  RulePlaces(std::string_view text, std::string_view name);

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

}  // namespace ringfence
