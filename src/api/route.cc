// SPDX-License-Identifier: Apache-2.0
#include "api/route.h"

#include <array>

namespace ringfence::api {
namespace {

using auth::Right;
using auth::Rights;

constexpr Rights kNobody;  // no operator: the holder alone

constexpr std::string_view kGet = "GET";
constexpr std::string_view kPost = "POST";
constexpr std::string_view kPut = "PUT";

constexpr std::array kRoutes = {
    Route{kPost, "/api/v1/runs", Right::run, RunState::refused, build_start_run},
    Route{kGet, "/api/v1/runs", Right::view, RunState::refused, look_at_runs},
    Route{kGet, "/api/v1/runs/{run}", Right::view, RunState::live, look_at_run},
    Route{kPost, "/api/v1/runs/{run}/renew", Right::run, RunState::live, build_renew_run,
          Target::run},
    Route{kPost, "/api/v1/runs/{run}/end", Right::run, RunState::live, build_end_run, Target::run},
    Route{kPost, "/api/v1/runs/{run}/delegate", kNobody, RunState::engine, build_delegate_run},

    Route{kPost, "/api/v1/holds", kNobody, RunState::engine, build_place_hold},
    Route{kGet, "/api/v1/holds", Right::view, RunState::refused, look_at_holds},
    Route{kGet, "/api/v1/holds/{hold}", Right::view, RunState::live, look_at_hold},
    Route{kPost, "/api/v1/holds/{hold}/settle", kNobody, RunState::any, build_settle_hold},
    Route{kPost, "/api/v1/holds/{hold}/release", kNobody, RunState::live, build_release_hold},
    Route{kPost, "/api/v1/holds/{hold}/extend", kNobody, RunState::live, build_extend_hold},
    Route{kPost, "/api/v1/holds/{hold}/correct", Right::budget, RunState::refused,
          build_correct_hold, Target::hold},
    Route{kPost, "/api/v1/batch", Right::view, RunState::any, Special::batch},

    Route{kGet, "/api/v1/quota", Right::view, RunState::live, look_at_quota},
    Route{kGet, "/api/v1/accounts", Right::view, RunState::live, look_at_accounts},
    Route{kGet, "/api/v1/accounts/{path...}", Right::view, RunState::live, look_at_account},
    Route{kPost, "/api/v1/accounts/{path...}/raise", Right::budget, RunState::refused, build_raise},
    Route{kPost, "/api/v1/accounts/{path...}/pause", Right::operate, RunState::refused,
          build_pause},
    Route{kPost, "/api/v1/accounts/{path...}/resume", Right::operate | Right::budget,
          RunState::refused, build_resume},

    Route{kPost, "/api/v1/halts", Right::operate, RunState::refused, build_place_halt},
    Route{kGet, "/api/v1/halts", Right::view, RunState::refused, look_at_halts},
    Route{kPost, "/api/v1/halts/{halt}/lift", Right::operate | Right::admin, RunState::refused,
          build_lift_halt},

    Route{kGet, "/api/v1/approvals", Right::approve, RunState::live, look_at_approvals},
    Route{kGet, "/api/v1/approvals/{approval}", Right::approve, RunState::live, Special::approval},
    Route{kPost, "/api/v1/approvals/{approval}/approve", Right::approve, RunState::refused,
          build_approve, Target::approval},
    Route{kPost, "/api/v1/approvals/{approval}/refuse", Right::approve, RunState::refused,
          build_refuse, Target::approval},

    Route{kGet, "/api/v1/events", Right::view, RunState::refused, Special::events},
    Route{kGet, "/api/v1/policy", Right::view, RunState::refused, look_at_policy},
    Route{kPut, "/api/v1/policy", Right::policy, RunState::refused, Special::put_policy},
    Route{kGet, "/api/v1/policy/versions", Right::view, RunState::refused, look_at_policy_versions},
    Route{kGet, "/api/v1/explain", Right::view, RunState::refused, look_at_explanation},
    Route{kGet, "/api/v1/webhooks", Right::view, RunState::refused, Special::webhooks},
    Route{kGet, "/api/v1/witnesses", Right::view, RunState::refused, Special::witnesses},
    Route{kGet, "/api/v1/status", Right::view, RunState::refused, look_at_status},
    Route{kPost, "/api/v1/clock/confirm", Right::admin, RunState::refused, build_confirm_clock},
    Route{kPost, "/api/v1/payloads/erase", Right::admin, RunState::refused, build_erase_payloads},

    Route{kGet, "/audit/checkpoint", kNobody, RunState::any, Special::audit_checkpoint,
          Target::none, true},
    Route{kGet, "/audit/vkey", kNobody, RunState::any, Special::audit_vkey, Target::none, true},
    Route{kGet, "/audit/policy", kNobody, RunState::any, Special::audit_policy, Target::none, true},
    Route{kGet, "/audit/tile/entries/{path...}", Right::view, RunState::refused,
          Special::audit_entries, Target::none, true},
    Route{kGet, "/audit/tile/{path...}", kNobody, RunState::any, Special::audit_tile, Target::none,
          true},
    Route{kGet, "/audit/proof/{seq}", Right::view, RunState::refused, Special::audit_proof,
          Target::none, true},

    Route{kGet, "/metrics", Right::view, RunState::refused, Special::metrics},
    Route{kGet, "/healthz", kNobody, RunState::any, Special::health, Target::none, true},
    Route{kGet, "/readyz", kNobody, RunState::any, Special::readiness, Target::none, true},
};

// The part of the path that stands for the {…}; empty view with data() null when it does not fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) {
    if (pattern == path) return std::string_view();
    return std::nullopt;
  }
  const std::size_t close = pattern.find('}');
  const std::string_view head = pattern.substr(0, open);
  const std::string_view tail = pattern.substr(close + 1);
  const bool several = pattern.substr(open, close - open).ends_with("...");
  if (path.size() < head.size() + tail.size()) return std::nullopt;
  if (!path.starts_with(head) || !path.ends_with(tail)) return std::nullopt;
  const std::string_view middle = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (several) return middle;
  if (middle.empty() || middle.find('/') != std::string_view::npos) return std::nullopt;
  return middle;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Result<Match> match_route(std::string_view method, std::string_view path) {
  const std::string_view wanted = method == "HEAD" ? kGet : method;
  Match match;
  for (const Route& route : kRoutes) {
    const auto param = fit(route.pattern, path);
    if (!param) continue;
    if (route.method != wanted) {
      if (match.allow.find(route.method) == std::string::npos) {
        if (!match.allow.empty()) match.allow += ", ";
        match.allow += route.method;
      }
      continue;
    }
    auto decoded = percent_decode(*param);
    if (!decoded) return invalid(decoded.error().message, "path");
    match.route = &route;
    match.param = std::move(*decoded);
    return match;
  }
  return match;
}

std::unexpected<BuildFailure> refused(Reason reason, std::string sentence, std::string field) {
  return std::unexpected(
      BuildFailure{refusal_of(reason, std::move(sentence), std::move(field)), false});
}

std::unexpected<BuildFailure> refused(const Error& error, bool unknown_unit) {
  return std::unexpected(BuildFailure{refusal_of(error), unknown_unit});
}

Looked looked(Refusal refusal) {
  return {"/", [refusal = std::move(refusal)] { return problem_answer(refusal); }};
}

Answer ok_answer(int status, std::string_view name, const Reply& reply) {
  Json json = Json::Object{};
  const auto* ok = std::get_if<OkReply>(&reply);
  if (ok != nullptr && !ok->id.empty()) json.set(name, ok->id);
  return json_answer(status, json);
}

}  // namespace ringfence::api
