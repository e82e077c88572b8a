// SPDX-License-Identifier: Apache-2.0
// Placing, listing and lifting halts.
#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/random.h"

namespace ringfence::api {

std::expected<Asked, BuildFailure> build_place_halt(const Call& call) {
  Fields fields(call.body);
  PlaceHalt halt;
  halt.account = fields.account("account", kOptional).value_or("");
  halt.operation = fields.text("operation", kOptional, kOperationTextMax).value_or("");
  halt.everything = fields.boolean("everything", kOptional).value_or(false);
  halt.reason = fields.text("reason", kRequired).value_or("");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  const bool scoped = !halt.account.empty() || !halt.operation.empty();
  if (halt.everything == scoped) {
    return refused(Reason::invalid,
                   "Say what to halt: an account, an operation pattern, both, or "
                   "\"everything\": true alone.");
  }
  halt.halt_id = random_id("halt_");
  halt.actor = call.caller->actor;
  std::string scope = halt.account.empty() ? "/" : halt.account;
  return Asked{std::move(halt), std::move(scope),
               [](const Reply& reply) { return ok_answer(201, "halt", reply); }};
}

std::expected<Asked, BuildFailure> build_lift_halt(const Call& call) {
  Fields fields(call.body);
  LiftHalt lift;
  lift.halt_id = call.param;
  lift.actor = call.caller->actor;
  lift.reason = fields.text("reason", kRequired).value_or("");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return Asked{std::move(lift), "/", [id = call.param](const Reply&) {
                 Json json;
                 json.set("halt", id).set("state", "lifted");
                 return json_answer(200, json);
               }};
}

Looked look_at_halts(const Engine& engine, Time, const Call& call) {
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  return {"/", [halts = engine.halts()] {
            Json list = Json::Array{};
            for (const HaltView& halt : halts) list.push(json_of(halt));
            Json json;
            json.set("halts", std::move(list));
            return json_answer(200, json);
          }};
}

}  // namespace ringfence::api
