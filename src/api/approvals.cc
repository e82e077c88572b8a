// SPDX-License-Identifier: Apache-2.0
// The queue of approvals, and what people decide.
#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/path.h"

namespace ringfence::api {
namespace {

constexpr std::int64_t kApprovalsShownMax = 1'000;
constexpr std::int64_t kApprovalsShown = 100;
constexpr std::int64_t kUsesMax = 1'000;
constexpr std::size_t kCommentMax = 1'000;  // bytes

// The local operator is all there is, and stands for every group.
DecideApproval decision_of(const Call& call, bool approve) {
  DecideApproval decide;
  decide.approval = call.param;
  decide.approve = approve;
  decide.actor = call.caller->actor;
  decide.groups = {"*"};
  return decide;
}

Asked asked(const Call& call, DecideApproval decide) {
  const std::string_view state = decide.approve ? "approved" : "refused";
  return {std::move(decide), call.target_account.empty() ? "/" : call.target_account,
          [id = call.param, state](const Reply&) {
            Json json;
            json.set("approval", id).set("decision", state);
            return json_answer(200, json);
          }};
}

}  // namespace

std::expected<Asked, BuildFailure> build_approve(const Call& call) {
  Fields fields(call.body);
  DecideApproval decide = decision_of(call, true);
  decide.comment = fields.text("comment", kOptional, kCommentMax).value_or("");
  decide.uses = fields.integer("uses", kOptional, 1, kUsesMax);
  decide.until = fields.time("until", kOptional);
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return asked(call, std::move(decide));
}

std::expected<Asked, BuildFailure> build_refuse(const Call& call) {
  Fields fields(call.body);
  DecideApproval decide = decision_of(call, false);
  decide.comment = fields.text("comment", kRequired, kCommentMax).value_or("");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return asked(call, std::move(decide));
}

Looked look_at_approvals(const Engine& engine, Time now, const Call& call) {
  if (const auto known = call.query.allow_only({"state", "under", "max"}); !known) {
    return looked(refusal_of(known.error()));
  }
  const auto max = call.query.integer("max", 1, kApprovalsShownMax, kApprovalsShown);
  if (!max) return looked(refusal_of(max.error()));
  ApprovalFilter filter;
  // One more than is shown tells whether there are more.
  filter.max = static_cast<std::size_t>(*max) + 1;
  if (call.query.has("under")) filter.under = call.query.text("under");
  if (const auto checked = check_account_path(filter.under); !checked) {
    return looked(refusal_of(Reason::invalid, checked.error().message, "under"));
  }
  if (call.query.has("state")) {
    filter.state = approval_state_from(call.query.text("state"));
    if (!filter.state) {
      return looked(refusal_of(
          Reason::invalid, "must be pending, approved, used, lapsed, refused or expired", "state"));
    }
  }
  if (call.by_run()) filter.run = call.run();
  auto found = engine.approvals(filter, now);
  const bool truncated = found.size() == filter.max;
  if (truncated) found.pop_back();
  return {filter.under,
          [found = std::move(found), truncated, units = engine.units(), by_run = call.by_run()] {
            Json list = Json::Array{};
            for (const ApprovalView& each : found) list.push(json_of(each, units, by_run));
            Json json;
            json.set("approvals", std::move(list)).set("truncated", truncated);
            return json_answer(200, json);
          }};
}

}  // namespace ringfence::api
