// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/route.h"

#include "http/headers.h"

namespace ringfence::llm {
namespace {

std::unexpected<Refusal> refuse(Reason reason, std::string sentence) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = std::move(sentence);
  refusal.field = "model";
  return std::unexpected(std::move(refusal));
}

// With a key of the client's own no money of ours is spent: calls and tokens bite, and the sizes
// still bound them.
std::shared_ptr<const Price> price_on(const Policy& policy, const Provider& provider,
                                      const Operation& operation, Time at) {
  const Price* price = policy.price(operation, at);
  if (price == nullptr) return nullptr;
  auto out = std::make_shared<Price>(*price);
  if (provider.key.kind == KeySource::Kind::client) {
    out->rates = {};
    out->cards.clear();
  }
  return out;
}

// The client's spelling, without our provider's name before it.
std::string own_name(const std::string& stated, const Operation& operation) {
  const std::string& provider = operation.segments()[1];
  const std::string& model = operation.segments().back();
  const std::string folded = http::to_lower(stated);
  if (folded == model) return stated;
  if (folded == provider + "/" + model) return stated.substr(provider.size() + 1);
  return model;
}

}  // namespace

std::expected<Route, Refusal> route_of(const Policy& policy, const std::string& model,
                                       std::string_view family, Time at) {
  auto operation = policy.resolve_model(model, family);
  if (!operation) {
    const bool nobody = operation.error().code == ErrorCode::not_found;
    return refuse(nobody ? Reason::unpriced : Reason::invalid, operation.error().message);
  }
  if (operation->segments().size() < 3) {
    return refuse(Reason::invalid, "This is no model's name.");
  }
  const Provider* provider = policy.provider(operation->segments()[1]);
  if (provider == nullptr || provider->wire != family) {
    return refuse(Reason::unpriced, "No provider on this wire serves this model.");
  }
  auto price = price_on(policy, *provider, *operation, at);
  std::string own = own_name(model, *operation);
  return Route{*std::move(operation), provider, std::move(price), std::move(own)};
}

}  // namespace ringfence::llm
