// SPDX-License-Identifier: Apache-2.0
// Approvals: what people were asked, and what they said.
//
// Contract: plain state, changed by events alone; time comes in with them. An approval is found by
// its id, or by its run and action; one of an action may follow another (a larger need, one used
// up). What is decided is kept for kKeepDecided after it is of no more use, and then forgotten, as
// is the oldest of more than kDecidedMax; pending ones never are.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/packed.h"
#include "engine/approval_view.h"
#include "engine/event.h"

namespace ringfence {

inline constexpr std::size_t kPendingApprovalsMax = 10'000;
inline constexpr std::size_t kPendingApprovalsPerRunMax = 100;
inline constexpr std::size_t kDecidedApprovalsMax = 20'000;
inline constexpr Duration kKeepDecided = Duration::hours(24);
inline constexpr std::size_t kApprovalArgsMax = std::size_t{64} << 10;  // canonical bytes
inline constexpr std::size_t kApprovalCommentMax = 1'000;               // bytes

struct Approval {
  ApprovalRequested fact;
  std::uint64_t number = 0;
  Time asked;
  std::vector<GivenApproval> given;
  std::int64_t uses_left = 0;
  Time until = Time::max();
  std::optional<Time> decided_at;
  std::optional<ApprovalRefused> refusal;
  Time forget_at = Time::max();

  ApprovalState state(Time now) const;
  // Its approvers are enough for who has to agree now.
  bool agreed_by(const std::vector<std::string>& approvers, std::int64_t quorum) const;
  // What is needed now, and the walls that are over now, are within what was asked.
  bool within(const Amounts& need, const std::vector<std::string>& walls) const;
  ApprovalNote note(Time now) const;
};

// Whether somebody is in a list such as "group:release user:ann"; an empty one takes everybody.
bool is_approver(std::string_view list, const std::string& actor,
                 const std::vector<std::string>& groups);

class Approvals {
 public:
  void add(const ApprovalRequested& e, std::uint64_t number, Time now);
  void give(const ApprovalGiven& e, Time now);
  void refuse(const ApprovalRefused& e, Time now);
  void use(const std::string& id, Time now);
  void forget(Time now);

  const Approval* find(std::string_view id) const;
  std::optional<ApprovalNote> note(std::string_view id, Time now) const;
  // Of one action of a run, the oldest first.
  std::vector<const Approval*> of(const std::string& run, const Digest& action) const;
  std::size_t pending() const { return by_expiry_.size(); }
  std::vector<std::string> pending_ids() const;
  std::vector<std::string> pending_of(const std::string& run) const;
  std::vector<std::string> expired(Time now) const;
  Time next_expiry() const { return by_expiry_.empty() ? Time::max() : by_expiry_.begin()->first; }
  const std::map<std::uint64_t, Approval>& all() const { return approvals_; }

  // By number. Loads into an empty one.
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

 private:
  Approval* get(std::string_view id);
  void file(Approval approval);
  void decided(Approval& approval, Time now, Time done);
  void drop(std::uint64_t number);

  std::map<std::uint64_t, Approval> approvals_;
  std::unordered_map<std::string, std::vector<std::uint64_t>> by_action_;
  std::unordered_map<std::string, std::set<std::uint64_t>> pending_by_run_;
  std::set<std::pair<Time, std::uint64_t>> by_expiry_;  // pending
  std::set<std::pair<Time, std::uint64_t>> by_forget_;  // decided
};

}  // namespace ringfence
