// SPDX-License-Identifier: Apache-2.0
// Placing holds, and what becomes of them.
#include <algorithm>

#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/canonical.h"
#include "base/path.h"
#include "engine/line_programs.h"

namespace ringfence::api {
namespace {

constexpr std::int64_t kHoldTtlSecondsMax = 3'600;
constexpr std::int64_t kHoldTtlSeconds = 600;
constexpr std::int64_t kWaitMsMax = 30'000;
constexpr std::int64_t kHoldsShownMax = 1'000;
constexpr std::int64_t kHoldsShown = 100;
constexpr std::size_t kKeyMax = 128;  // bytes of an idempotency key
constexpr std::size_t kApprovalIdMax = 64;

Answer render_resolved(const UnitTable& units, const Reply& reply) {
  const auto* resolved = std::get_if<ResolveReply>(&reply);
  if (resolved == nullptr) return ok_answer(200, "hold", reply);
  return json_answer(200, json_of(*resolved, units));
}

std::function<Answer(const Reply&)> resolved_renderer(const Call& call) {
  return [units = call.units](const Reply& reply) { return render_resolved(*units, reply); };
}

std::expected<HoldId, BuildFailure> hold_in_path(const Call& call) {
  if (const auto hold = parse_hold(call.param)) return *hold;
  return refused(Reason::not_found, "There is no such hold.");
}

// What makes two requests the same: all of it but how long to wait.
Digest digest_of(const PlaceHold& place, const Json* args, const UnitTable& units) {
  Json content;
  content.set("operation", place.operation).set("need", amounts_json(place.need, units));
  content.set("ttl_ms", place.ttl.whole_ms());
  if (args != nullptr) content.set("args", *args);
  return canonical_digest(content);
}

}  // namespace

std::expected<Asked, BuildFailure> build_place_hold(const Call& call) {
  const auto& scopes = call.caller->claims->scopes;
  if (std::ranges::find(scopes, "hold") == scopes.end()) {
    return refused(Reason::forbidden, "This credential may not place holds.");
  }
  Fields fields(call.body);
  PlaceHold place;
  place.operation = fields.text("operation", kRequired, kOperationTextMax).value_or("");
  if (const auto need = fields.amounts("need", kOptional, *call.units)) place.need = *need;
  const Json* args = fields.object("args", kOptional);
  place.idempotency_key = fields.text("idempotency_key", kOptional, kKeyMax).value_or("");
  place.ttl = Duration::seconds(
      fields.integer("ttl_seconds", kOptional, 1, kHoldTtlSecondsMax).value_or(kHoldTtlSeconds));
  place.wait = Duration::millis(fields.integer("wait_ms", kOptional, 0, kWaitMsMax).value_or(0));
  place.approval = fields.text("approval", kOptional, kApprovalIdMax).value_or("");
  if (const auto read = fields.finish(); !read) {
    return refused(read.error(), fields.unknown_unit());
  }
  if (is_command(place.operation)) {
    if (const auto read = read_programs(place, args); !read) return refused(read.error());
  } else {
    const auto operation = Operation::parse(place.operation);
    if (!operation) return refused(Reason::invalid, operation.error().message, "operation");
    place.operation = operation->text();
  }
  place.run_id = call.run();
  place.holder = call.caller->actor;
  place.request_digest = digest_of(place, args, *call.units);
  if (args != nullptr) {
    place.args_digest = canonical_digest(*args);
    place.args = std::make_shared<const Json>(*args);
  }
  return Asked{std::move(place), "/", [units = call.units](const Reply& reply) {
                 return json_answer(201, json_of(std::get<AllowReply>(reply), *units));
               }};
}

std::expected<Asked, BuildFailure> build_settle_hold(const Call& call) {
  const auto hold = hold_in_path(call);
  if (!hold) return std::unexpected(hold.error());
  Fields fields(call.body);
  ResolveHold resolve;
  resolve.hold = *hold;
  resolve.holder = call.caller->actor;
  resolve.ending = Ending::settle;
  if (const auto actual = fields.amounts("actual", kRequired, *call.units)) {
    resolve.actual = *actual;
  }
  if (const auto read = fields.finish(); !read) {
    return refused(read.error(), fields.unknown_unit());
  }
  return Asked{std::move(resolve), "/", resolved_renderer(call)};
}

std::expected<Asked, BuildFailure> build_release_hold(const Call& call) {
  const auto hold = hold_in_path(call);
  if (!hold) return std::unexpected(hold.error());
  Fields fields(call.body);
  if (const auto read = fields.finish(); !read) return refused(read.error());
  ResolveHold resolve;
  resolve.hold = *hold;
  resolve.holder = call.caller->actor;
  resolve.ending = Ending::release;
  return Asked{std::move(resolve), "/", resolved_renderer(call)};
}

std::expected<Asked, BuildFailure> build_extend_hold(const Call& call) {
  const auto hold = hold_in_path(call);
  if (!hold) return std::unexpected(hold.error());
  Fields fields(call.body);
  ExtendHold extend;
  extend.hold = *hold;
  extend.holder = call.caller->actor;
  const auto need = fields.amounts("need", kOptional, *call.units);
  const auto seconds = fields.integer("ttl_seconds", kOptional, 1, kHoldTtlSecondsMax);
  if (!need && !seconds && fields.ok()) fields.refuse("need", "or ttl_seconds is required");
  if (const auto read = fields.finish(); !read) {
    return refused(read.error(), fields.unknown_unit());
  }
  if (need) extend.need = *need;
  if (seconds) extend.ttl = Duration::seconds(*seconds);
  return Asked{std::move(extend), "/", [units = call.units](const Reply& reply) {
                 if (const auto* allow = std::get_if<AllowReply>(&reply)) {
                   return json_answer(200, json_of(*allow, *units));
                 }
                 return render_resolved(*units, reply);
               }};
}

std::expected<Asked, BuildFailure> build_correct_hold(const Call& call) {
  const auto hold = hold_in_path(call);
  if (!hold) return std::unexpected(hold.error());
  Fields fields(call.body);
  CorrectHold correct;
  correct.hold = *hold;
  correct.actor = call.caller->actor;
  if (const auto actual = fields.amounts("actual", kRequired, *call.units)) {
    correct.actual = *actual;
  }
  correct.reason = fields.text("reason", kRequired).value_or("");
  if (const auto read = fields.finish(); !read) {
    return refused(read.error(), fields.unknown_unit());
  }
  return Asked{std::move(correct), call.target_account.empty() ? "/" : call.target_account,
               resolved_renderer(call)};
}

Looked look_at_holds(const Engine& engine, Time, const Call& call) {
  if (const auto known = call.query.allow_only({"under", "max"}); !known) {
    return looked(refusal_of(known.error()));
  }
  const auto max = call.query.integer("max", 1, kHoldsShownMax, kHoldsShown);
  if (!max) return looked(refusal_of(max.error()));
  const std::string under = call.query.has("under") ? call.query.text("under") : "/";
  if (const auto checked = check_account_path(under); !checked) {
    return looked(refusal_of(Reason::invalid, checked.error().message, "under"));
  }
  auto open = engine.open_holds(under, static_cast<std::size_t>(*max));
  return {under, [open = std::move(open), units = engine.units()] {
            Json list = Json::Array{};
            for (const HoldView& hold : open.holds) list.push(json_of(hold, units));
            Json json;
            json.set("holds", std::move(list)).set("truncated", open.truncated);
            return json_answer(200, json);
          }};
}

Looked look_at_hold(const Engine& engine, Time, const Call& call) {
  const auto id = parse_hold(call.param);
  auto hold = id ? engine.hold(*id) : std::nullopt;
  const bool hidden = hold && call.by_run() && hold->run_id != call.run();
  if (!hold || hidden) return looked(refusal_of(Reason::not_found, "There is no such hold."));
  std::string scope = hold->account;
  return {std::move(scope), [hold = std::move(*hold), units = engine.units()] {
            return json_answer(200, json_of(hold, units));
          }};
}

}  // namespace ringfence::api
