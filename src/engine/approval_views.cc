// SPDX-License-Identifier: Apache-2.0
// Approvals for people to read.
#include <algorithm>
#include <ranges>

#include "base/path.h"
#include "engine/engine.h"
#include "engine/state.h"

namespace ringfence {
namespace {

ApprovalView view_of(const EngineState& s, const Approval& approval, Time now) {
  const ApprovalRequested& fact = approval.fact;
  ApprovalView view;
  view.id = fact.approval;
  view.number = approval.number;
  view.state = approval.state(now);
  view.run_id = fact.run_id;
  view.account = fact.account;
  view.operation = fact.operation;
  view.further = fact.further;
  view.args_digest = fact.args_digest;
  view.has_args = fact.has_args;
  view.need = fact.need;
  view.rules = fact.rules;
  view.walls = fact.walls;
  view.approvers = fact.approvers;
  view.quorum = fact.quorum;
  view.uses_left = approval.uses_left;
  view.given = approval.given;
  view.asked = approval.asked;
  view.expires_at = fact.expires_at;
  if (approval.until != Time::max()) view.until = approval.until;
  view.decided_at = approval.decided_at;
  if (approval.refusal) {
    view.actor = approval.refusal->actor;
    view.comment = approval.refusal->comment;
    view.cause = approval.refusal->cause;
  }
  if (const Run* run = s.find_run(fact.run_id)) {
    view.started_by = run->fact.actor;
    view.identity = run->fact.identity;
  }
  return view;
}

}  // namespace

std::optional<ApprovalView> Engine::approval(std::string_view id, Time now) const {
  const Approval* approval = state_->approvals.find(id);
  if (approval == nullptr) return std::nullopt;
  return view_of(*state_, *approval, now);
}

std::vector<ApprovalView> Engine::approvals(const ApprovalFilter& filter, Time now) const {
  std::vector<ApprovalView> views;
  const auto add = [&](const Approval& approval, bool pending) {
    const ApprovalState state = approval.state(now);
    if (views.size() >= filter.max || (state == ApprovalState::pending) != pending) return;
    if (filter.state && state != *filter.state) return;
    if (!filter.run.empty() && approval.fact.run_id != filter.run) return;
    if (!path_within(approval.fact.account, filter.under)) return;
    views.push_back(view_of(*state_, approval, now));
  };
  const auto& all = state_->approvals.all();
  for (const auto& [number, approval] : std::views::reverse(all)) add(approval, true);
  for (const auto& [number, approval] : std::views::reverse(all)) add(approval, false);
  return views;
}

}  // namespace ringfence
