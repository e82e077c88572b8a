// SPDX-License-Identifier: Apache-2.0
#include "engine/refusal.h"

#include <array>

#include "base/ensure.h"

namespace ringfence {
namespace {

// One row per reason, in the enum's order: 2-semantics, Refusals.
struct Row {
  Reason reason;
  std::string_view name;
  bool final;
  int status;
  std::string_view sentence;
};

constexpr std::array<Row, 23> kRows{{
    {Reason::exhausted, "exhausted", true, 402,
     "This budget is used up. Do not retry; tell your operator."},
    {Reason::too_large, "too_large", true, 402,
     "This request needs more than its budget has left. Do not retry it as it is; ask for less, or "
     "tell your operator."},
    {Reason::busy, "busy", false, 429,
     "Other open requests hold what is left of this budget. Retry in a moment."},
    {Reason::throttled, "throttled", false, 429,
     "This limit is reached for now. Retry after the stated time."},
    {Reason::denied, "denied", true, 403,
     "No rule allows this operation. Do not retry; use another way or tell your operator."},
    {Reason::halted, "halted", true, 403, "Your operator has stopped this work. Do not retry."},
    {Reason::paused, "paused", true, 403,
     "This account is paused. Do not retry; tell your operator."},
    {Reason::loop, "loop", true, 403,
     "You have done this very thing too often without anything changing. Do not retry it; do "
     "something else, or tell your operator."},
    {Reason::no_wall, "no_wall", true, 403,
     "No budget bounds this run, so nothing may be spent. Do not retry; tell your operator to set "
     "one."},
    {Reason::unpriced, "unpriced", true, 403,
     "This operation has no price, so its cost cannot be held. Do not retry; use a priced one or "
     "tell your operator."},
    {Reason::unbounded, "unbounded", true, 403,
     "The cost of this request has no upper bound. Do not retry it as it is; bound it or tell your "
     "operator."},
    {Reason::credential_expired, "credential_expired", true, 401,
     "This credential has expired. Renew it before you go on."},
    {Reason::credential_revoked, "credential_revoked", true, 401,
     "This credential was revoked. Do not retry; stop and tell your operator."},
    {Reason::unauthenticated, "unauthenticated", true, 401,
     "This request carries no valid credential. Do not retry it as it is."},
    {Reason::forbidden, "forbidden", true, 403,
     "This credential does not carry the right for this request. Do not retry."},
    {Reason::not_found, "not_found", true, 404, "There is no such thing here. Do not retry."},
    {Reason::conflict, "conflict", true, 409,
     "This was already done with other content, or its state forbids it. Do not retry it as it "
     "is."},
    {Reason::unverifiable, "unverifiable", false, 503,
     "The record or the clock cannot be trusted at the moment, so nothing is allowed. Retry later "
     "or tell your operator."},
    {Reason::invalid, "invalid", true, 400,
     "This request is malformed or ambiguous. Do not retry it as it is; correct it."},
    {Reason::approval_required, "approval_required", false, 202,
     "A person has to approve this first. Send the same request again once it is approved."},
    {Reason::approval_pending, "approval_pending", false, 202,
     "This waits for a person's approval. Send the same request again once it is approved."},
    {Reason::approval_refused, "approval_refused", true, 403,
     "A person refused this. Do not retry; tell your operator."},
    {Reason::approval_mismatch, "approval_mismatch", true, 403,
     "The approval that was named is for another action. Do not retry it as it is; leave the "
     "approval out and ask anew."},
}};

const Row& row(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  RF_ENSURE(index < kRows.size() && kRows[index].reason == reason, "every reason has its row");
  return kRows[index];
}

}  // namespace

std::string_view to_string(Reason reason) { return row(reason).name; }

std::optional<Reason> reason_from(std::string_view text) {
  for (const Row& each : kRows) {
    if (each.name == text) return each.reason;
  }
  return std::nullopt;
}

bool is_final(Reason reason) { return row(reason).final; }
int http_status(Reason reason) { return row(reason).status; }
std::string default_sentence(Reason reason) { return std::string(row(reason).sentence); }

}  // namespace ringfence
