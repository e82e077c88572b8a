// SPDX-License-Identifier: Apache-2.0
// Taking over a record: the policy in force is bound, walls that are new are seeded, and the holds
// of gateways that died with the last process are expired, charged.
#include "engine/step.h"

namespace ringfence {
namespace {

bool same_units(const UnitTable& ours, const UnitTable& theirs) {
  for (std::uint8_t i = 0; i < theirs.size(); ++i) {
    if (i >= ours.size() || ours.name(Unit{i}) != theirs.name(Unit{i})) return false;
  }
  return true;
}

}  // namespace

Result<void> Step::take_over(std::shared_ptr<const Policy> policy, std::string version) {
  for (std::uint8_t i = 0; i < policy->units().size(); ++i) {
    if (auto unit = s_.units.intern(policy->units().name(Unit{i})); !unit) {
      return std::unexpected(unit.error());
    }
  }
  if (!same_units(s_.units, policy->units())) {
    // The record has numbered declared units in another order: this version follows it.
    auto again = Policy::compile(policy->text(), "policy", s_.units);
    if (!again) return std::unexpected(again.error());
    policy = *again;
  }
  emit(Started{std::move(version)});
  if (s_.policy_sha256 == policy->sha256_hex()) {
    s_.policy = std::move(policy);
    bind_all();
  } else {
    const bool first = s_.policy_sha256.empty();
    std::set<std::string> known_walls;
    std::set<std::string> known_limits;
    auto before = first ? invalid("none") : Policy::compile(s_.policy_document, "policy", s_.units);
    if (before) {
      s_.policy = *before;
      bind_all();
      for (const LimitRule& limit : s_.policy->limits()) known_limits.insert(limit_key(limit));
    }
    s_.ledger.for_each_wall([&](const Wall& wall) { known_walls.insert(s_.ledger.key_of(wall)); });
    adopt(std::move(policy), "operator");
    if (!first) {
      if (auto seeded = seed(known_walls, known_limits); !seeded) return seeded;
    }
  }
  for (auto& [id, run] : s_.runs) track_lease(*run);

  std::vector<HoldId> orphans;
  for (const auto& [deadline, id] : s_.ledger.open_by_deadline()) {
    if (s_.holds.at(id).holder == kGatewayHolder) orphans.push_back(id);
  }
  for (const HoldId id : orphans) {
    close_hold(*s_.ledger.find(id), HoldState::expired, Reason::unverifiable, "restart");
  }
  s_.dirty.clear();
  s_.all_dirty = false;
  return {};
}

}  // namespace ringfence
