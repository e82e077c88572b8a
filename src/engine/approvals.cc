// SPDX-License-Identifier: Apache-2.0
#include "engine/approvals.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ensure.h"
#include "engine/state_fields.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 6> kStateNames{"pending", "approved", "used",
                                                      "lapsed",  "refused",  "expired"};
constexpr std::string_view kIdPrefix = "ap_";
constexpr std::string_view kTimeout = "timeout";

std::string action_key(const std::string& run, const Digest& action) {
  return run + '\n' + to_hex(action);
}

std::optional<std::uint64_t> number_of(std::string_view id) {
  if (!id.starts_with(kIdPrefix)) return std::nullopt;
  id.remove_prefix(kIdPrefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view to_string(ApprovalState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<ApprovalState> approval_state_from(std::string_view text) {
  const auto found = std::ranges::find(kStateNames, text);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<ApprovalState>(found - kStateNames.begin());
}

bool is_approver(std::string_view list, const std::string& actor,
                 const std::vector<std::string>& groups) {
  constexpr std::string_view kGroup = "group:";
  constexpr std::string_view kUser = "user:";
  if (list.empty()) return true;
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    if (entry.starts_with(kUser) && entry.substr(kUser.size()) == actor) return true;
    if (!entry.starts_with(kGroup)) continue;
    const bool member = std::ranges::any_of(groups, [&](const std::string& group) {
      return group == "*" || group == entry.substr(kGroup.size());
    });
    if (member) return true;
  }
  return false;
}

ApprovalState Approval::state(Time now) const {
  if (refusal) {
    return refusal->cause == kTimeout ? ApprovalState::expired : ApprovalState::refused;
  }
  if (!decided_at) return now < fact.expires_at ? ApprovalState::pending : ApprovalState::expired;
  if (uses_left == 0) return ApprovalState::used;
  return now < until ? ApprovalState::approved : ApprovalState::lapsed;
}

bool Approval::agreed_by(const std::vector<std::string>& approvers, std::int64_t quorum) const {
  const auto in_all = [&](const GivenApproval& each) {
    return std::ranges::all_of(approvers, [&](const std::string& list) {
      return is_approver(list, each.actor, each.groups);
    });
  };
  return std::ranges::count_if(given, in_all) >= quorum;
}

bool Approval::within(const Amounts& need, const std::vector<std::string>& walls) const {
  bool fits = true;
  need.for_each(
      [&](Unit unit, std::int64_t amount) { fits = fits && amount <= fact.need.get(unit); });
  return fits && std::ranges::all_of(walls, [&](const std::string& wall) {
           return std::ranges::find(fact.walls, wall) != fact.walls.end();
         });
}

ApprovalNote Approval::note(Time now) const {
  ApprovalNote note;
  note.id = fact.approval;
  note.state = to_string(state(now));
  note.expires_at = fact.expires_at;
  if (refusal) note.comment = refusal->comment;
  return note;
}

// ---- what events do

// Files it where it is looked for.
void Approvals::file(Approval approval) {
  const std::uint64_t number = approval.number;
  by_action_[action_key(approval.fact.run_id, approval.fact.action)].push_back(number);
  if (approval.decided_at) {
    by_forget_.emplace(approval.forget_at, number);
  } else {
    pending_by_run_[approval.fact.run_id].insert(number);
    by_expiry_.emplace(approval.fact.expires_at, number);
  }
  approvals_.emplace(number, std::move(approval));
}

void Approvals::add(const ApprovalRequested& e, std::uint64_t number, Time now) {
  Approval approval;
  approval.fact = e;
  approval.number = number;
  approval.asked = now;
  approval.uses_left = e.uses;
  RF_ENSURE(number_of(e.approval) == number && !approvals_.contains(number),
            "an approval has the number of the event that asked for it");
  file(std::move(approval));
}

void Approvals::give(const ApprovalGiven& e, Time now) {
  Approval* approval = get(e.approval);
  RF_ENSURE(approval != nullptr && !approval->decided_at, "only what is pending is approved");
  const bool first = approval->given.empty();
  approval->given.push_back({e.actor, e.comment, e.groups, now});
  // Of several people's the strictest counts.
  approval->uses_left = first ? e.uses : std::min(approval->uses_left, e.uses);
  approval->until = std::min(approval->until, e.until);
  if (std::cmp_less(approval->given.size(), approval->fact.quorum)) return;
  decided(*approval, now, approval->until);
}

void Approvals::refuse(const ApprovalRefused& e, Time now) {
  Approval* approval = get(e.approval);
  RF_ENSURE(approval != nullptr && !approval->decided_at, "only what is pending is refused");
  approval->refusal = e;
  decided(*approval, now, now);
}

void Approvals::use(const std::string& id, Time now) {
  Approval* approval = get(id);
  if (approval == nullptr) return;  // forgotten: replay forgets at other moments than life
  RF_ENSURE(approval->uses_left > 0 && approval->decided_at, "only what is approved is used");
  if (--approval->uses_left > 0) return;
  by_forget_.erase({approval->forget_at, approval->number});
  approval->forget_at = now + kKeepDecided;
  by_forget_.emplace(approval->forget_at, approval->number);
}

void Approvals::decided(Approval& approval, Time now, Time done) {
  by_expiry_.erase({approval.fact.expires_at, approval.number});
  const auto of_run = pending_by_run_.find(approval.fact.run_id);
  of_run->second.erase(approval.number);
  if (of_run->second.empty()) pending_by_run_.erase(of_run);
  approval.decided_at = now;
  approval.forget_at = done + kKeepDecided;
  by_forget_.emplace(approval.forget_at, approval.number);
}

void Approvals::forget(Time now) {
  while (!by_forget_.empty()) {
    const auto [at, number] = *by_forget_.begin();
    if (now < at && by_forget_.size() <= kDecidedApprovalsMax) return;
    drop(number);
  }
}

void Approvals::drop(std::uint64_t number) {
  const auto it = approvals_.find(number);
  by_forget_.erase({it->second.forget_at, number});
  const auto same = by_action_.find(action_key(it->second.fact.run_id, it->second.fact.action));
  std::erase(same->second, number);
  if (same->second.empty()) by_action_.erase(same);
  approvals_.erase(it);
}

// ---- lookups

Approval* Approvals::get(std::string_view id) {
  const auto number = number_of(id);
  const auto it = number ? approvals_.find(*number) : approvals_.end();
  return it == approvals_.end() ? nullptr : &it->second;
}

const Approval* Approvals::find(std::string_view id) const {
  return const_cast<Approvals*>(this)->get(id);
}

std::optional<ApprovalNote> Approvals::note(std::string_view id, Time now) const {
  const Approval* approval = find(id);
  if (approval == nullptr) return std::nullopt;
  return approval->note(now);
}

std::vector<const Approval*> Approvals::of(const std::string& run, const Digest& action) const {
  std::vector<const Approval*> found;
  const auto same = by_action_.find(action_key(run, action));
  if (same == by_action_.end()) return found;
  for (const std::uint64_t number : same->second) found.push_back(&approvals_.at(number));
  return found;
}

std::vector<std::string> Approvals::pending_ids() const {
  std::vector<std::string> ids;
  for (const auto& [at, number] : by_expiry_) ids.push_back(approvals_.at(number).fact.approval);
  return ids;
}

std::vector<std::string> Approvals::pending_of(const std::string& run) const {
  std::vector<std::string> ids;
  const auto found = pending_by_run_.find(run);
  if (found == pending_by_run_.end()) return ids;
  for (const std::uint64_t number : found->second) {
    ids.push_back(approvals_.at(number).fact.approval);
  }
  return ids;
}

std::vector<std::string> Approvals::expired(Time now) const {
  std::vector<std::string> ids;
  for (const auto& [at, number] : by_expiry_) {
    if (now < at) break;
    ids.push_back(approvals_.at(number).fact.approval);
  }
  return ids;
}

// ---- snapshots

void Approvals::save(PackedWriter& out) const {
  out.natural(approvals_.size());
  for (const auto& [number, approval] : approvals_) out(approval);
}

void Approvals::load(PackedReader& in) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Approval approval;
    in(approval);
    const bool follows = approvals_.empty() || approvals_.rbegin()->first < approval.number;
    const bool named = number_of(approval.fact.approval) == approval.number;
    if (!in.require(follows && named, "approvals are in their order")) return;
    file(std::move(approval));
  }
}

}  // namespace ringfence
