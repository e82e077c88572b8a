// SPDX-License-Identifier: Apache-2.0
#include "policy/documents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "policy/unknown.h"

namespace ringfence {
namespace {

// The role that an account has in one document: its own, or the nearest one above.
std::optional<RoleId> effective_role(const Document& document, std::string_view path) {
  for (std::string_view at = path; !at.empty(); at = parent_path(at)) {
    if (const auto role = document.accounts.rules(at, document.roles).role) return role;
  }
  return std::nullopt;
}

}  // namespace

void Documents::read(Problems& problems, const std::vector<YamlNode>& roots,
                     const PatternReader& patterns, const WallReader& walls) {
  if (roots.size() > kDocumentsMax) {
    problems.add(roots[kDocumentsMax].mark(),
                 fmt::format("found more than {} documents; expected fewer", kDocumentsMax));
    return;
  }
  constexpr std::uint64_t kRolesTogetherMax = std::uint64_t{1} << 62;
  std::uint64_t together = 1;
  for (const YamlNode root : roots) {
    Document& document = documents_.emplace_back();
    document.name = problems.source(root.mark());
    if (const YamlNode node = value_at(root, "roles")) {
      document.has_roles = true;
      document.roles.read(problems, node, patterns, walls);
    }
    if (const YamlNode node = value_at(root, "accounts")) {
      document.accounts.read(problems, node, document.roles, walls);
    }
    if (const YamlNode node = value_at(root, "allow")) {
      document.has_allow = true;
      document.everyone.allow.read(problems, node, patterns, PatternUse::match);
    }
    if (const YamlNode node = value_at(root, "deny")) {
      document.everyone.deny.read(problems, node, patterns, PatternUse::prefix);
    }
    if (const YamlNode node = value_at(root, "ask")) {
      document.everyone.ask.read(problems, node, patterns, walls.units);
    }
    asks_identity_ =
        asks_identity_ || document.everyone.asks_identity() || document.roles.asks_identity();
    if (digits(document) > kRolesTogetherMax / together) {
      problems.add(root.mark(), "found too many roles in all documents together; expected fewer");
      return;
    }
    together *= digits(document);
  }
}

std::optional<RoleId> Documents::role_in(std::size_t document, RoleId role) const {
  std::uint64_t rest = role.index;
  for (std::size_t i = 0; i < document; ++i) rest /= digits(documents_[i]);
  const std::uint64_t digit = rest % digits(documents_[document]);
  if (digit + 1 == digits(documents_[document])) return std::nullopt;  // none
  return RoleId{digit};
}

AccountRules Documents::account(std::string_view path) const {
  if (documents_.size() == 1) {
    return documents_.front().accounts.rules(path, documents_.front().roles);
  }
  AccountRules all;
  bool stated = false;
  bool any_roles = false;
  bool known_to_all = true;
  bool known_to_some = false;
  bool unlimited = true;
  std::uint64_t index = 0;
  std::uint64_t base = 1;
  for (const Document& document : documents_) {
    const AccountRules rules = document.accounts.rules(path, document.roles);
    for (const WallRule& wall : rules.budgets) merge_wall(all.budgets, wall);
    known_to_some = known_to_some || rules.known;
    if (document.has_roles) {
      any_roles = true;
      known_to_all = known_to_all && rules.known;
      unlimited = unlimited && rules.unlimited;
    }
    stated = stated || rules.role.has_value();
    const auto role = effective_role(document, path);
    index += base * (role ? role->index : digits(document) - 1);
    base *= digits(document);
  }
  all.known = any_roles ? known_to_all : known_to_some;
  all.unlimited = any_roles && unlimited;
  if (stated) all.role = RoleId{index};
  return all;
}

std::string Documents::role_name(RoleId role) const {
  std::string name;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const auto here = role_in(i, role);
    if (!here) continue;
    if (!name.empty()) name += " + ";
    name += documents_[i].roles[*here].name;
  }
  return name;
}

RunRule Documents::run_rule(RoleId role) const {
  std::optional<RunRule> all;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const auto here = role_in(i, role);
    if (!here) continue;
    const RunRule& rule = documents_[i].roles[*here].run;
    if (!all) {
      all = rule;
    } else {
      all->narrow(rule);
    }
  }
  return all.value_or(RunRule{});
}

Verdict Documents::check(RoleId role, const Operation& operation, const Identity& identity,
                         RuleScope scope) const {
  Verdict decided{.allowed = true, .gate = Gate::allow, .rule = {}};
  const auto ask = [&](const Document& document, std::span<const RuleSet* const> chain,
                       RuleScope here) {
    Verdict verdict = check_rules(chain, operation, identity, here);
    if (documents_.size() > 1) verdict.document = document.name;
    if (decided.rule.empty() || !verdict.allowed) decided = verdict;
    return verdict.allowed;
  };
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const Document& document = documents_[i];
    const RuleSet* everyone = &document.everyone;
    if (!ask(document, {&everyone, 1},
             {.danger = false, .allow = scope.allow && document.has_allow})) {
      return decided;
    }
    if (!document.has_roles) continue;
    const auto here = role_in(i, role);
    if (!here) {
      if (!scope.allow) continue;
      return {.allowed = false, .gate = Gate::role, .rule = {}, .document = document.name};
    }
    const std::vector<const RuleSet*> chain = document.roles.chain(*here);
    if (!ask(document, chain, scope)) return decided;
  }
  return decided;
}

Verdict Documents::check_danger(RoleId role, std::string_view danger,
                                const Identity& identity) const {
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const Document& document = documents_[i];
    const auto here = document.has_roles ? role_in(i, role) : std::nullopt;
    if (!here || opts_in(document.roles.chain(*here), danger, identity)) continue;
    return {.allowed = false,
            .gate = Gate::danger,
            .rule = std::string(danger),
            .document = documents_.size() > 1 ? document.name : ""};
  }
  return {.allowed = true, .gate = Gate::danger, .rule = {}};
}

bool Documents::asks(RoleId role, const Operation& operation,
                     std::vector<const AskRule*>& out) const {
  const auto spellings = forbidden_spellings(operation.segments());
  const auto look = [&](const AskRules& rules) {
    return std::ranges::all_of(spellings, [&](const std::vector<std::string>& spelling) {
      return rules.match(spelling, out, kCheckStepsMax);
    });
  };
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (!look(documents_[i].everyone.ask)) return false;
    const auto here = role_in(i, role);
    if (!here) continue;
    for (const RuleSet* rules : documents_[i].roles.chain(*here)) {
      if (!look(rules->ask)) return false;
    }
  }
  return true;
}

bool Documents::any_allows(const Pattern& pattern) const {
  return std::ranges::any_of(documents_, [&](const Document& document) {
    return document.roles.any_allows(pattern) ||
           std::ranges::any_of(document.everyone.allow.patterns(), [&](const Pattern& allow) {
             return patterns_intersect(allow, pattern);
           });
  });
}

}  // namespace ringfence
