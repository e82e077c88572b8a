// SPDX-License-Identifier: Apache-2.0
// route: where a model is served, under which operation and at which price.
//
// Contract: pure. Errors are final refusals: `unpriced` (nobody serves it), `invalid` (ambiguous).
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "engine/refusal.h"
#include "policy/policy.h"

namespace ringfence::llm {

struct Route {
  Operation operation;
  const Provider* provider = nullptr;  // of the policy
  std::shared_ptr<const Price> price;  // null: none is known
  std::string model;                   // the provider's own name for it

  HiddenOutput hidden_output() const {
    return price == nullptr ? HiddenOutput::unknown : price->hidden_output;
  }
  // The provider is paid by the client itself, with its own key.
  bool client_pays() const { return provider->key.kind == KeySource::Kind::client; }
};

// `model` as a client names it, on a wire of this family; at the price of that time.
std::expected<Route, Refusal> route_of(const Policy& policy, const std::string& model,
                                       std::string_view family, Time at);

}  // namespace ringfence::llm
