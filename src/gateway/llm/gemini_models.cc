// SPDX-License-Identifier: Apache-2.0
// GET /v1beta/models and /v1beta/models/{model}: what models.cc tells, of the providers on this
// wire and in Google's shape. A model has the name under which a call finds it: without its
// provider's where that is enough.
#include "base/clock.h"
#include "base/json.h"
#include "gateway/llm/gateway_core.h"
#include "gateway/llm/gemini_answers.h"

namespace ringfence::llm {
namespace {

std::string name_for_clients(const Policy& policy, const Operation& operation) {
  const std::string& model = operation.segments().back();
  const auto found = policy.resolve_model(model, "gemini");
  const bool enough = found && found->text() == operation.text();
  return "models/" + (enough ? model : operation.segments()[1] + "/" + model);
}

Json describe(const Policy& policy, const Operation& operation) {
  const Price* price = policy.price(operation, SystemClock::read().wall);
  Json methods = Json(Json::Array{});
  methods.push("generateContent").push("countTokens");
  Json out;
  out.set("name", name_for_clients(policy, operation)).set("version", "");
  out.set("displayName", operation.segments().back());
  if (price != nullptr && price->context_tokens > 0) {
    out.set("inputTokenLimit", price->context_tokens);
  }
  if (price != nullptr && price->max_output_tokens > 0) {
    out.set("outputTokenLimit", price->max_output_tokens);
  }
  out.set("supportedGenerationMethods", std::move(methods));
  return out;
}

}  // namespace

http::awaitable<void> answer_gemini_models(GatewayCore& core, const auth::Caller& caller,
                                           std::string_view name, http::Response& response) {
  const std::shared_ptr<const Policy> policy = core.policy;
  const auto wanted = name.empty() ? Result<Operation>(invalid("every one"))
                                   : policy->resolve_model(name, "gemini");
  Json list = Json(Json::Array{});
  const std::vector<Operation> models = co_await allowed_models(core, *policy, caller);
  for (const Operation& operation : models) {
    const Provider* provider = policy->provider(operation.segments()[1]);
    if (provider == nullptr || provider->wire != "gemini") continue;
    if (!name.empty() && !(wanted && wanted->text() == operation.text())) continue;
    list.push(describe(*policy, operation));
  }
  if (!name.empty() && list.array()->empty()) {
    WireAnswer answer = gemini_failure(404, "not_found", "There is no such model here.");
    answer.should_retry = false;
    co_return co_await send_own(response, std::move(answer));
  }
  Json body;
  if (name.empty()) {
    body.set("models", std::move(list));
  } else {
    body = std::move(list.array()->front());
  }
  http::Headers headers;
  headers.add("content-type", "application/json");
  co_await response.send(200, std::move(headers), body.text());
}

}  // namespace ringfence::llm
