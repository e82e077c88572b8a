// SPDX-License-Identifier: Apache-2.0
// Documents: who may do what, as one or several documents of a policy have it.
//
// Contract: immutable after `read`. Each document decides alone and an operation must pass all of
// them, so that a further document can only narrow; a section that it does not have constrains
// nothing: without `roles` it says nothing of who may do what, but for its own `deny` and `allow`,
// which are for everyone. Of budgets with the same unit and window the strictest stands; a run
// lives as long as the shortest `lease` and `max_age`; an account is known, and unlimited, where
// all documents with roles say so. A RoleId names a role in each document.
#pragma once

#include <string>
#include <vector>

#include "policy/accounts.h"
#include "policy/roles.h"
#include "policy/rule_set.h"

namespace ringfence {

inline constexpr std::size_t kDocumentsMax = 64;

struct Document {
  std::string name;  // of its file, where the text says so
  Roles roles;
  AccountEntries accounts;
  RuleSet everyone;
  bool has_roles = false;
  bool has_allow = false;  // for everyone
};

class Documents {
 public:
  void read(Problems& problems, const std::vector<YamlNode>& roots, const PatternReader& patterns,
            const WallReader& walls);

  const std::vector<Document>& all() const { return documents_; }

  AccountRules account(std::string_view path) const;
  std::string role_name(RoleId role) const;
  RunRule run_rule(RoleId role) const;
  Verdict check(RoleId role, const Operation& operation, const Identity& identity,
                RuleScope scope) const;
  Verdict check_danger(RoleId role, std::string_view danger, const Identity& identity) const;
  // Those of every document count. False past kCheckStepsMax states.
  bool asks(RoleId role, const Operation& operation, std::vector<const AskRule*>& out) const;
  bool asks_identity() const { return asks_identity_; }
  // The role in one document.
  std::optional<RoleId> role_in(std::size_t document, RoleId role) const;
  bool any_allows(const Pattern& pattern) const;

 private:
  std::uint64_t digits(const Document& document) const { return document.roles.all().size() + 1; }

  std::vector<Document> documents_;
  bool asks_identity_ = false;
};

}  // namespace ringfence
