// SPDX-License-Identifier: Apache-2.0
#include "engine/known_operations.h"

#include "policy/unknown.h"

namespace ringfence {
namespace {

constexpr std::size_t kRolesRememberedMax = 16;  // per operation

}  // namespace

KnownOperation::KnownOperation(Operation operation, const Policy& policy)
    : operation_(std::move(operation)) {
  exact_ = pattern_of_unknown(operation_.segments());
  for (const std::vector<std::string>& spelling : forbidden_spellings(operation_.segments())) {
    forbidden_forms_.push_back(pattern_of_unknown(spelling));
  }
  policy.match_limits(operation_, limits_);
  policy.match_loops(operation_, loops_);
  args_matter_ = policy.has_args_rules(operation_);
  policy.match_guards(operation_, guards_);
}

const Verdict& KnownOperation::verdict(const Policy& policy, RoleId role,
                                       const Identity& identity) const {
  if (policy.asks_identity()) verdicts_.clear();
  for (const auto& [asked, verdict] : verdicts_) {
    if (asked == role) return verdict;
  }
  if (verdicts_.size() == kRolesRememberedMax) verdicts_.clear();
  return verdicts_.emplace_back(role, policy.check(role, operation_, identity)).second;
}

const std::vector<const AskRule*>* KnownOperation::asks(const Policy& policy, RoleId role) const {
  const auto answer = [](const Asks& found) { return found.whole ? &found.rules : nullptr; };
  for (const Asks& asked : asks_) {
    if (asked.role == role) return answer(asked);
  }
  if (asks_.size() == kRolesRememberedMax) asks_.clear();
  Asks& fresh = asks_.emplace_back();
  fresh.role = role;
  fresh.whole = policy.asks(role, operation_, fresh.rules);
  return answer(fresh);
}

const Price* KnownOperation::price(const Policy& policy, Time at) const {
  const std::int64_t day = at.us / Duration::days(1).us;
  if (price_day_ != day) {
    price_day_ = day;
    price_ = policy.price(operation_, at);
  }
  return price_;
}

Result<const KnownOperation*> KnownOperations::find(const std::string& text, const Policy& policy) {
  if (const auto young = young_.find(text); young != young_.end()) return young->second.get();
  std::unique_ptr<const KnownOperation> known;
  if (auto before = old_.extract(text)) {
    known = std::move(before.mapped());
  } else {
    auto operation = Operation::parse(text);
    if (!operation) return std::unexpected(operation.error());
    known = std::make_unique<const KnownOperation>(*std::move(operation), policy);
  }
  if (young_.size() == kYoungMax) {
    old_ = std::move(young_);
    young_.clear();
  }
  return young_.emplace(text, std::move(known)).first->second.get();
}

void KnownOperations::clear() {
  young_.clear();
  old_.clear();
}

}  // namespace ringfence
