// SPDX-License-Identifier: Apache-2.0
// Taking over a record: the policy in force is bound, walls that are new are seeded, and the holds
// of gateways that died with the last process are expired, charged.
#include "base/inject.h"
#include "engine/past.h"
#include "engine/step.h"

namespace ringfence {

// A file that has not changed since it was last adopted does not undo what was put over the API
// since then; one that has is the newer word.
Result<void> Step::choose_policy(std::shared_ptr<const Policy> file) {
  const Adoption by_file{"operator", PolicySource::file};
  if (s_.policy_sha256.empty()) return change_policy(std::move(file), by_file, nullptr);
  const bool edited = s_.policy_file_sha256 != file->sha256_hex();
  if (s_.policy_sha256 == file->sha256_hex()) {
    if (edited) record_adoption(*file, by_file);
    s_.put_in_force(std::move(file));
    bind_all({});
    return {};
  }
  auto before = Policy::compile(s_.policy_document, "policy", s_.units);
  if (!before && !edited) {
    return invalid("the policy in force, which was put over the API, is not read any more (" +
                       before.error().text() + "); change the policy file to replace it",
                   "policy");
  }
  if (before) {
    s_.put_in_force(*before);
    bind_all({});
  }
  if (!edited) return {};
  return change_policy(std::move(file), by_file, nullptr);
}

Result<void> Step::bind_for_reading() {
  if (s_.policy_sha256.empty()) return fail(ErrorCode::not_found, "no policy was in force yet");
  auto policy = Policy::compile(s_.policy_document, "policy", s_.units);
  if (!policy) return std::unexpected(policy.error());
  s_.put_in_force(*std::move(policy));
  bind_all({});
  return {};
}

Result<void> Step::take_over(std::shared_ptr<const Policy> file, std::string version) {
  auto policy = with_our_units(std::move(file));
  if (!policy) return std::unexpected(policy.error());
  emit(Started{std::move(version)});
  if (auto chosen = choose_policy(*std::move(policy)); !chosen) return chosen;
  for (auto& [id, run] : s_.runs) track_lease(*run);

  std::vector<HoldId> orphans;
  for (const HoldId id : s_.ledger.open_by_deadline()) {
    if (s_.fact_of(*s_.ledger.find(id)).holder == kGatewayHolder) orphans.push_back(id);
  }
  for (const HoldId id : orphans) {
    close_hold(*s_.ledger.find(id), HoldState::expired, Reason::unverifiable, "restart");
  }
  if (RF_BUG(forget_hold) && s_.ledger.first_deadline() != nullptr) {
    s_.ledger.resolve(*s_.ledger.find(s_.ledger.first_deadline()->id), Amounts{}, now_.time);
  }
  s_.dirty.clear();
  s_.all_dirty = false;
  s_.put_away_holds(now_.time, kResolvedHoldsMax);
  return {};
}

}  // namespace ringfence
