// SPDX-License-Identifier: Apache-2.0
// ApprovalView: an approval as people see it: what is asked, by whom, at most how much, and what
// became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "base/unit.h"
#include "policy/identity.h"

namespace ringfence {

enum class ApprovalState : std::uint8_t {
  pending,   // a person is to decide
  approved,  // good for `uses_left` more
  used,      // as often as it was good for
  lapsed,    // its time was over before it was used up
  refused,   // by a person, a halt or the run's end
  expired,   // nobody decided in time: as refused
};
std::string_view to_string(ApprovalState state);
std::optional<ApprovalState> approval_state_from(std::string_view text);

struct GivenApproval {
  std::string actor, comment;
  std::vector<std::string> groups;
  Time at;
};

struct ApprovalView {
  std::string id;
  std::uint64_t number = 0;  // of the event that asked: its arguments lie under it
  ApprovalState state = ApprovalState::pending;
  std::string run_id, account, operation;
  std::vector<std::string> further;
  Digest args_digest{};
  bool has_args = false;
  Amounts need;
  std::vector<std::string> rules, walls, approvers;
  std::int64_t quorum = 1;
  std::int64_t uses_left = 0;  // while it is pending: as the rules say
  std::vector<GivenApproval> given;
  Time asked, expires_at;
  std::optional<Time> until;          // of an approved one
  std::optional<Time> decided_at;     // by the last who had to
  std::string actor, comment, cause;  // of a refusal; the cause is empty for a person's
  std::string started_by;             // the run's
  Identity identity;
};

struct ApprovalFilter {
  std::string under = "/";
  std::string run;  // empty: any
  std::optional<ApprovalState> state;
  std::size_t max = 100;
};

}  // namespace ringfence
