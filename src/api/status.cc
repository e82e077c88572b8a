// SPDX-License-Identifier: Apache-2.0
// The state of the service: counts, and the clock.
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

std::expected<Asked, BuildFailure> build_confirm_clock(const Call& call) {
  Fields fields(call.body);
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return Asked{ConfirmClock{call.caller->actor}, "/",
               [](const Reply& reply) { return ok_answer(200, "clock", reply); }};
}

}  // namespace ringfence::api
