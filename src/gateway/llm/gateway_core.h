// SPDX-License-Identifier: Apache-2.0
// GatewayCore: what all calls of one Gateway share, and the one call between admission and answer.
//
// Contract: internal to the room; one io_context, one thread.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "gateway/llm/bound.h"
#include "gateway/llm/call_control.h"
#include "gateway/llm/call_observer.h"
#include "gateway/llm/charge.h"
#include "gateway/llm/dialect.h"
#include "gateway/llm/gateway.h"
#include "gateway/llm/live_calls.h"
#include "gateway/llm/upstream.h"
#include "gateway/llm/visible_models.h"
#include "gateway/llm/wires.h"

namespace ringfence::llm {

struct GatewayCore {
  GatewayCore(Service& to, std::shared_ptr<const Policy> by, KeyRing with,
              Gateway::Identify identifies, GatewayOptions under);
  ~GatewayCore();
  GatewayCore(const GatewayCore&) = delete;
  GatewayCore& operator=(const GatewayCore&) = delete;

  Service& service;
  std::shared_ptr<const Policy> policy;
  KeyRing keys;
  const Gateway::Identify identify;
  const GatewayOptions options;
  const Wires wires;
  CallObserver observer;
  Upstream upstream;
  VisibleModels visible;
  const std::shared_ptr<LiveCalls> live = std::make_shared<LiveCalls>();
  std::set<CallControl*> under_way;  // from before the hold until after the charge

 private:
  Service::SubscriptionId notices_;
};

// An answer of our own; `decision_id` may be empty.
http::awaitable<void> send_own(http::Response& response, WireAnswer answer,
                               std::string decision_id = {});

// A refusal as this wire's clients obey it.
WireAnswer refusal_on(const Dialect& dialect, const Refusal& refusal, const Policy& policy);

// One call whose hold is allowed.
struct AdmittedCall {
  std::shared_ptr<const Policy> policy;  // keeps `provider` alive
  const Dialect& dialect;
  const CallRequest& request;
  const Provider& provider;
  std::string operation;
  std::string model;  // the provider's own name for it
  Bound bound;
  CallTerms terms;
  AllowReply allow;
  http::Headers client_headers;
  http::Headers client_key;    // for a provider that takes the client's own
  bool may_fail_over = false;  // another provider may answer instead
  bool rerouted = false;       // this is not what the client asked for
  bool stepwise = false;       // the hold grows with the answer
  CallReport& report;
};

enum class CallOutcome : std::uint8_t {
  answered,  // whatever it was that the client got
  failed,    // nothing was sent to it yet: another provider is to answer
};

// Sends it upstream, passes the answer on and resolves the hold, whatever happens on the way.
http::awaitable<CallOutcome> run_call(GatewayCore& core, std::shared_ptr<CallControl> control,
                                      AdmittedCall& call, http::Response& response);

// The priced models whose operation this run's role allows.
http::awaitable<std::vector<Operation>> allowed_models(GatewayCore& core, const Policy& policy,
                                                       const auth::Caller& caller);

// "/v1/models" and what lies one step under it.
bool is_models_path(std::string_view path);
// GET of either for this run's account, in the shape of this wire.
http::awaitable<void> answer_models(GatewayCore& core, const auth::Caller& caller,
                                    const Dialect& wire, http::Request& request,
                                    http::Response& response);
// The same on the Gemini wire; one of them where `name` is not empty.
http::awaitable<void> answer_gemini_models(GatewayCore& core, const auth::Caller& caller,
                                           std::string_view name, http::Response& response);

}  // namespace ringfence::llm
