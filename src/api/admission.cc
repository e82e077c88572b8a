// SPDX-License-Identifier: Apache-2.0
#include "api/admission.h"

#include <algorithm>

namespace ringfence::api {
namespace {

std::optional<Refusal> check_run(const Route& route, const auth::Caller& caller) {
  if (route.runs == RunState::refused) {
    return refusal_of(Reason::forbidden,
                      "A run credential has no operator's rights, and this call needs the right " +
                          auth::names_of(route.rights) + ".");
  }
  if (caller.expired && route.runs != RunState::any) {
    return refusal_of(Reason::credential_expired);
  }
  return std::nullopt;
}

std::optional<Refusal> check_operator(const Route& route, const auth::Caller& caller) {
  if (route.rights.empty()) {
    return refusal_of(Reason::forbidden,
                      "Only a run's own credential may do this. Start a run (POST /api/v1/runs) "
                      "and use the credential that it returns.");
  }
  const bool held = std::ranges::any_of(caller.who->grants, [&](const auth::Grant& grant) {
    return grant.rights.covers(route.rights);
  });
  if (held) return std::nullopt;
  return refusal_of(Reason::forbidden,
                    "This operator lacks the right " + auth::names_of(route.rights) + ".");
}

}  // namespace

std::optional<Refusal> check_caller(const Route& route, const auth::Caller& caller) {
  if (route.open) return std::nullopt;
  switch (caller.kind) {
    case auth::Caller::Kind::run: return check_run(route, caller);
    case auth::Caller::Kind::operator_: return check_operator(route, caller);
    case auth::Caller::Kind::none: break;
  }
  return refusal_of(Reason::unauthenticated,
                    "This request carries no credential. Send Authorization: Bearer with a run's "
                    "credential or an operator token.");
}

std::optional<Refusal> check_scope(const Route& route, const auth::Caller& caller,
                                   std::string_view account) {
  if (!caller.is_operator() || caller.who->may(route.rights, account)) return std::nullopt;
  return refusal_of(Reason::forbidden, "This operator lacks the right " +
                                           auth::names_of(route.rights) + " on this account.");
}

std::optional<Refusal> check_live(const std::optional<RunView>& run, Time now) {
  if (!run || run->revoked || !run->ended_reason.empty()) {
    return refusal_of(Reason::credential_revoked);
  }
  if (!run->live || now >= run->lease_until || now >= run->hard_end) {
    return refusal_of(Reason::credential_expired);
  }
  return std::nullopt;
}

}  // namespace ringfence::api
