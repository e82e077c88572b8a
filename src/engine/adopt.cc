// SPDX-License-Identifier: Apache-2.0
// Adoption: another version of the policy comes into force, at start and while running alike.
// Limits and their windows change together, between two decisions: no decision ever sees half of
// each.
#include <algorithm>

#include "engine/line_bounds.h"
#include "engine/past.h"
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

// The policy with units numbered as the record has them.
Result<std::shared_ptr<const Policy>> Step::with_our_units(std::shared_ptr<const Policy> policy) {
  for (std::uint8_t i = 0; i < policy->units().size(); ++i) {
    if (auto unit = s_.units.intern(policy->units().name(Unit{i})); !unit) {
      return std::unexpected(unit.error());
    }
  }
  if (same_units(s_.units, policy->units())) return policy;
  return Policy::compile(policy->text(), "policy", s_.units);
}

// The record as far as new walls need it. `read` may have been begun elsewhere, to spare this
// thread the long way.
Result<std::shared_ptr<Past>> Step::read_past(const FreshWalls& fresh, std::shared_ptr<Past> read) {
  const bool enough = read != nullptr && read->since() <= fresh.since;
  auto past = enough ? std::move(read) : std::make_shared<Past>(fresh.since);
  if (fresh.empty()) return past;
  const auto done = s_.reader(past->last_seq(), [&past](const Event& e) { past->read(e); });
  if (!done) return std::unexpected(done.error());
  return past;
}

// Nothing has changed when it fails.
Result<void> Step::change_policy(std::shared_ptr<const Policy> policy, const Adoption& adoption,
                                 std::shared_ptr<Past> read) {
  const bool first = s_.policy_sha256.empty();
  const FreshWalls fresh = first ? FreshWalls{} : fresh_walls(*policy);
  const auto past = read_past(fresh, std::move(read));
  if (!past) return std::unexpected(past.error());
  record_adoption(*policy, adoption);
  forget_queues();
  s_.put_in_force(std::move(policy));
  bind_all(fresh);
  if (!fresh.empty()) seed(fresh, **past);
  return {};
}

void Step::record_adoption(const Policy& policy, const Adoption& adoption) {
  PolicyAdopted adopted;
  adopted.sha256 = policy.sha256_hex();
  const auto pieces = policy_pieces(policy.text());
  if (pieces.size() == 1) {
    adopted.document = policy.text();
  } else {
    std::int64_t part = 0;
    for (const std::string_view piece : pieces) {
      emit(PolicyText{adopted.sha256, ++part, std::string(piece)});
    }
  }
  adopted.version = s_.policy_version + 1;
  adopted.actor = adoption.actor;
  adopted.source = adoption.source;
  emit(std::move(adopted));
}

// Who waits is looked at again under the new walls, the first first; until then nobody stands at a
// wall whose number may soon be another's.
void Step::forget_queues() {
  s_.queues.clear();
  s_.dirty.clear();
  for (auto& [arrival, waiter] : s_.waiters) waiter->queued_at.clear();
  s_.all_dirty = true;
}

Reply Step::on(AdoptPolicy& c) {
  const bool follows = c.follows.empty() || c.follows == s_.policy_sha256;
  if (!follows) {
    return refuse(Reason::conflict, "Another version of the policy is in force by now.", "follows");
  }
  auto policy = with_our_units(std::move(c.policy));
  if (!policy) return refuse(Reason::invalid, policy.error().text(), "policy");
  const std::string sha256 = (*policy)->sha256_hex();
  const bool in_force = sha256 == s_.policy_sha256;
  if (!in_force) {
    if (auto done = change_policy(*policy, {c.actor, c.source}, std::move(c.past)); !done) {
      return refuse(Reason::unverifiable, "The record could not be read, so nothing was changed.");
    }
    out_.notices.emplace_back(PolicyChanged{s_.policy});
  } else if (c.source == PolicySource::file && s_.policy_file_sha256 != sha256) {
    record_adoption(**policy, {c.actor, c.source});  // the file now says what is in force
  }
  return PolicyReply{sha256, s_.policy_version, !in_force};
}

}  // namespace ringfence
