// SPDX-License-Identifier: Apache-2.0
// People decide approvals, or time and halts do.
#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "engine/step.h"

namespace ringfence {

std::optional<Refusal> Step::check_decision(const DecideApproval& c) const {
  const Approval* approval = s_.approvals.find(c.approval);
  if (approval == nullptr) {
    return refuse(Reason::not_found, "There is no such approval.", "approval");
  }
  // What asks never answers: neither this run nor any other.
  if (c.actor.empty() || c.actor.starts_with("run:")) {
    return refuse(Reason::forbidden, "Only a person decides an approval.");
  }
  const ApprovalState state = approval->state(now_.time);
  if (state != ApprovalState::pending) {
    return refuse(
        Reason::conflict,
        fmt::format("This approval is {}; only a pending one can be decided.", to_string(state)),
        "approval");
  }
  const bool entitled = std::ranges::all_of(approval->fact.approvers, [&](const std::string& list) {
    return is_approver(list, c.actor, c.groups);
  });
  if (!entitled) {
    return refuse(Reason::forbidden, "The rules that ask for this approval name other approvers.");
  }
  if (std::ranges::find(approval->given, c.actor, &GivenApproval::actor) != approval->given.end() &&
      c.approve) {
    return refuse(Reason::conflict, "You have agreed already; somebody else has to.", "approval");
  }
  if (c.comment.size() > kApprovalCommentMax || (!c.approve && c.comment.empty())) {
    return refuse(Reason::invalid, "expected 1 to 1000 bytes", "comment");
  }
  if (c.uses && (*c.uses < 1 || *c.uses > kApprovalUsesMax)) {
    return refuse(Reason::invalid, "expected 1 to 1000", "uses");
  }
  const Run* run = s_.find_run(approval->fact.run_id);
  if (c.until && (*c.until <= now_.time || run == nullptr || *c.until > run->fact.hard_end)) {
    return refuse(Reason::invalid, "must lie in the future, and not after the run's end", "until");
  }
  return std::nullopt;
}

Reply Step::on(DecideApproval& c) {
  if (auto refusal = check_decision(c)) return *refusal;
  const ApprovalRequested& fact = s_.approvals.find(c.approval)->fact;
  if (c.approve) {
    ApprovalGiven event;
    event.approval = fact.approval;
    event.run_id = fact.run_id;
    event.account = fact.account;
    event.actor = c.actor;
    event.groups = c.groups;
    event.comment = c.comment;
    event.uses = c.uses.value_or(fact.uses);
    event.until = c.until.value_or(s_.find_run(fact.run_id)->fact.hard_end);
    emit(std::move(event));
  } else {
    ApprovalRefused event;
    event.approval = fact.approval;
    event.run_id = fact.run_id;
    event.account = fact.account;
    event.actor = c.actor;
    event.comment = c.comment;
    emit(std::move(event));
  }
  return OkReply{c.approval};
}

void Step::refuse_approvals(const std::vector<std::string>& ids, const std::string& cause) {
  for (const std::string& id : ids) {
    const ApprovalRequested& fact = s_.approvals.find(id)->fact;
    ApprovalRefused event;
    event.approval = fact.approval;
    event.run_id = fact.run_id;
    event.account = fact.account;
    event.cause = cause;
    emit(std::move(event));
  }
}

std::vector<std::string> Step::approvals_in_scope(const Halt& halt) const {
  std::vector<std::string> covered;
  for (const std::string& id : s_.approvals.pending_ids()) {
    const ApprovalRequested& fact = s_.approvals.find(id)->fact;
    const auto covers = [&](const std::string& text) {
      const KnownOperation* operation = known(text);
      return operation == nullptr || halt_covers(halt, fact.account, *operation);
    };
    if (covers(fact.operation) || std::ranges::any_of(fact.further, covers)) covered.push_back(id);
  }
  return covered;
}

void Step::expire_approvals() { refuse_approvals(s_.approvals.expired(now_.time), "timeout"); }

}  // namespace ringfence
