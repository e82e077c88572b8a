// SPDX-License-Identifier: Apache-2.0
// Erasing what lies beside the record.
#include "api/fields.h"
#include "api/route.h"

namespace ringfence::api {

std::expected<Asked, BuildFailure> build_erase_payloads(const Call& call) {
  Fields fields(call.body);
  ErasePayloads erase;
  erase.first = fields.integer("first", kRequired, 1, INT64_MAX).value_or(0);
  erase.last = fields.integer("last", kOptional, 1, INT64_MAX).value_or(erase.first);
  erase.reason = fields.text("reason", kRequired).value_or("");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  erase.actor = call.caller->actor;
  const std::int64_t first = erase.first;
  const std::int64_t last = erase.last;
  return Asked{std::move(erase), "/", [first, last](const Reply&) {
                 Json json;
                 json.set("first", first).set("last", last).set("state", "erased");
                 return json_answer(200, json);
               }};
}

}  // namespace ringfence::api
