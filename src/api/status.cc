// SPDX-License-Identifier: Apache-2.0
// The state of the service: counts, readiness, and the clock.
#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/version.h"

namespace ringfence::api {

Looked look_at_status(const Engine& engine, Time now, const Call& call) {
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  return {"/", [status = engine.status(), now] {
            Json json = json_of(status);
            json.set("version", version()).set("time", format_rfc3339(now));
            return json_answer(200, json);
          }};
}

// Ready: the engine answers and admits. What it says is for anyone to see, so it says no more.
Looked look_at_readiness(const Engine& engine, Time, const Call&) {
  if (engine.status().clock_stepped) {
    return looked(refusal_of(Reason::unverifiable,
                             "The clock stepped forward; an operator has to confirm it."));
  }
  return {"/", [] {
            Json json;
            json.set("status", "ready");
            return json_answer(200, json);
          }};
}

std::expected<Asked, BuildFailure> build_confirm_clock(const Call& call) {
  Fields fields(call.body);
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return Asked{ConfirmClock{call.caller->actor}, "/",
               [](const Reply& reply) { return ok_answer(200, "clock", reply); }};
}

}  // namespace ringfence::api
