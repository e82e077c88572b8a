// SPDX-License-Identifier: Apache-2.0
// GET /v1/models: the priced models whose operation this run's role allows, in OpenAI's shape.
//
// What the run itself was narrowed to is not looked at: the list may name a model that a call is
// then refused, never the other way round.
#include "base/json.h"
#include "gateway/llm/gateway_core.h"

namespace ringfence::llm {
namespace {

std::optional<RoleId> role_above(const Policy& policy, std::string_view account) {
  for (;;) {
    if (const AccountRules rules = policy.account(account); rules.role) return rules.role;
    const std::size_t slash = account.rfind('/');
    if (slash == std::string_view::npos || account == "/") return std::nullopt;
    account = slash == 0 ? "/" : account.substr(0, slash);
  }
}

}  // namespace

std::vector<Operation> allowed_models(const Policy& policy, const auth::Caller& caller) {
  const auto role = role_above(policy, caller.claims->account);
  std::vector<Operation> allowed;
  for (const Operation& operation : policy.models()) {
    if (role && policy.check(*role, operation).allowed) allowed.push_back(operation);
  }
  return allowed;
}

http::awaitable<void> list_models(GatewayCore& core, const auth::Caller& caller,
                                  http::Response& response) {
  const std::shared_ptr<const Policy> policy = core.policy;
  Json data = Json(Json::Array{});
  for (const Operation& operation : allowed_models(*policy, caller)) {
    Json model;
    model.set("id", operation.segments()[1] + "/" + operation.segments().back());
    model.set("object", "model").set("created", 0).set("owned_by", operation.segments()[1]);
    data.push(std::move(model));
  }
  Json list;
  list.set("object", "list").set("data", std::move(data));
  http::Headers headers;
  headers.add("content-type", "application/json");
  co_await response.send(200, std::move(headers), list.text());
}

}  // namespace ringfence::llm
