// SPDX-License-Identifier: Apache-2.0
// The webhooks of the policy, as they stand.
#include "api/admission.h"
#include "api/core.h"

namespace ringfence::api {
namespace {

Json json_of(const WebhookView& webhook) {
  Json json;
  json.set("name", webhook.name).set("url", webhook.url);
  json.set("pending", static_cast<std::int64_t>(webhook.pending));
  json.set("dropped", static_cast<std::int64_t>(webhook.dropped));
  json.set("disabled", webhook.disabled).set("no_secret", webhook.no_secret);
  if (!webhook.last_outcome.empty()) {
    json.set("last_outcome", webhook.last_outcome);
    json.set("last_at", format_rfc3339(webhook.last_at));
  }
  return json;
}

}  // namespace

Answer ApiCore::webhooks(const Plan& plan) const {
  if (const auto known = plan.call.query.allow_only({}); !known) {
    return problem_answer(refusal_of(known.error()));
  }
  if (const auto refusal = check_scope(*plan.route, *plan.call.caller, "/")) {
    return problem_answer(*refusal);
  }
  Json list(Json::Array{});
  if (options_.webhooks) {
    for (const WebhookView& webhook : options_.webhooks()) list.push(json_of(webhook));
  }
  Json json;
  json.set("webhooks", std::move(list));
  return json_answer(200, json);
}

}  // namespace ringfence::api
