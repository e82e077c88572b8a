// SPDX-License-Identifier: Apache-2.0
// The witnesses of the policy, and what they have cosigned.
#include "api/admission.h"
#include "api/core.h"

namespace ringfence::api {
namespace {

Json json_of(const WitnessView& witness) {
  Json json;
  json.set("name", witness.name).set("url", witness.url);
  json.set("events", static_cast<std::int64_t>(witness.events)).set("forked", witness.forked);
  if (!witness.last_outcome.empty()) {
    json.set("last_outcome", witness.last_outcome);
    json.set("last_at", format_rfc3339(witness.last_at));
  }
  return json;
}

}  // namespace

Answer ApiCore::witnesses(const Plan& plan) const {
  if (const auto known = plan.call.query.allow_only({}); !known) {
    return problem_answer(refusal_of(known.error()));
  }
  if (const auto refusal = check_scope(*plan.route, *plan.call.caller, "/")) {
    return problem_answer(*refusal);
  }
  WitnessesView all;
  if (options_.witnesses) all = options_.witnesses();
  Json list(Json::Array{});
  for (const WitnessView& witness : all.witnesses) list.push(json_of(witness));
  Json json;
  json.set("quorum", all.quorum).set("events", static_cast<std::int64_t>(all.events));
  json.set("late", all.late).set("forked", all.forked);
  json.set("witnesses", std::move(list));
  return json_answer(200, json);
}

}  // namespace ringfence::api
