// SPDX-License-Identifier: Apache-2.0
// GET /v1/models and /v1/models/{id}: the priced models whose operation this run's role allows, in
// OpenAI's shape, or in Anthropic's where its clients ask: then only those that its wire serves.
//
// What the run itself was narrowed to is not looked at: the list may name a model that a call is
// then refused, never the other way round.
#include "base/json.h"
#include "edge/ask.h"
#include "gateway/llm/gateway_core.h"

namespace ringfence::llm {
namespace {

constexpr std::string_view kPath = "/v1/models";

std::optional<RoleId> role_above(const Policy& policy, std::string_view account) {
  for (;;) {
    if (const AccountRules rules = policy.account(account); rules.role) return rules.role;
    const std::size_t slash = account.rfind('/');
    if (slash == std::string_view::npos || account == "/") return std::nullopt;
    account = slash == 0 ? "/" : account.substr(0, slash);
  }
}

std::string id_of(const Operation& operation) {
  return operation.segments()[1] + "/" + operation.segments().back();
}

Json openai_model(const Operation& operation) {
  Json model;
  model.set("id", id_of(operation)).set("object", "model");
  model.set("created", 0).set("owned_by", operation.segments()[1]);
  return model;
}

// Nobody knows when it was made; the field must be there.
Json anthropic_model(const Operation& operation) {
  Json model;
  model.set("type", "model").set("id", id_of(operation));
  model.set("display_name", operation.segments().back());
  model.set("created_at", "1970-01-01T00:00:00Z");
  return model;
}

Json anthropic_list(const std::vector<Operation>& models) {
  Json data = Json(Json::Array{});
  for (const Operation& operation : models) data.push(anthropic_model(operation));
  Json list;
  list.set("data", std::move(data)).set("has_more", false);
  list.set("first_id", models.empty() ? Json() : Json(id_of(models.front())));
  list.set("last_id", models.empty() ? Json() : Json(id_of(models.back())));
  return list;
}

Json openai_list(const std::vector<Operation>& models) {
  Json data = Json(Json::Array{});
  for (const Operation& operation : models) data.push(openai_model(operation));
  Json list;
  list.set("object", "list").set("data", std::move(data));
  return list;
}

bool is_served_by(const Policy& policy, const Operation& operation, std::string_view family) {
  const Provider* provider = policy.provider(operation.segments()[1]);
  return provider != nullptr && provider->wire == family;
}

// The id that the path ends in. Clients write the slash in it as %2F, or as it is.
std::string wanted_id(std::string_view path) {
  std::string id(path.substr(kPath.size() + 1));
  for (const auto& [code, sign] : {std::pair{"%2f", "/"}, std::pair{"%3a", ":"}}) {
    for (std::size_t at = 0; at + 3 <= id.size(); ++at) {
      if (http::to_lower(id.substr(at, 3)) == code) id.replace(at, 3, sign);
    }
  }
  return id;
}

http::awaitable<void> send_json(http::Response& response, const Json& body) {
  http::Headers headers;
  headers.add("content-type", "application/json");
  co_await response.send(200, std::move(headers), body.text());
}

}  // namespace

http::awaitable<std::vector<Operation>> allowed_models(GatewayCore& core, const Policy& policy,
                                                       const auth::Caller& caller) {
  Identity identity;
  if (policy.asks_identity()) {
    co_await ask_query(core.service, [&](const Engine& engine, Time) {
      if (const auto run = engine.run(caller.claims->run)) identity = run->identity;
    });
  }
  const auto role = role_above(policy, caller.claims->account);
  std::vector<Operation> allowed;
  for (const Operation& operation : policy.models()) {
    if (role && policy.check(*role, operation, identity).allowed) allowed.push_back(operation);
  }
  co_return allowed;
}

bool is_models_path(std::string_view path) {
  return path == kPath ||
         (path.starts_with(kPath) && path.size() > kPath.size() + 1 && path[kPath.size()] == '/');
}

http::awaitable<void> answer_models(GatewayCore& core, const auth::Caller& caller,
                                    const Dialect& wire, http::Request& request,
                                    http::Response& response) {
  const std::shared_ptr<const Policy> policy = core.policy;
  const bool anthropic = wire.family() == "anthropic";
  std::vector<Operation> models = co_await allowed_models(core, *policy, caller);
  if (anthropic) {
    std::erase_if(models,
                  [&](const Operation& o) { return !is_served_by(*policy, o, wire.family()); });
  }
  if (request.path == kPath) {
    const Json list = anthropic ? anthropic_list(models) : openai_list(models);
    co_return co_await send_json(response, list);
  }
  const std::string id = wanted_id(request.path);
  const auto meant = policy->resolve_model(id);
  for (const Operation& operation : models) {
    if (!meant || operation.text() != meant->text()) continue;
    const Json model = anthropic ? anthropic_model(operation) : openai_model(operation);
    co_return co_await send_json(response, model);
  }
  WireAnswer answer = wire.failure(404, "not_found", "There is no such model for this run.");
  answer.should_retry = false;
  co_await send_own(response, std::move(answer));
}

}  // namespace ringfence::llm
