// SPDX-License-Identifier: Apache-2.0
// Gateway: the provider wires of the LLM gateway; every call that leaves through it was held before
// and is settled after.
//
// Contract: one io_context, one thread, like the http Server that calls `handle`; make one per
// thread, over one Service. The gateway outlives its requests. An upstream call is begun only after
// its hold is durable, on a connection that no redirect can lead elsewhere. What a hold pays for is
// cut as soon as the engine closes it. Paths it does not meter it refuses.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "auth/credential.h"
#include "base/metrics.h"
#include "gateway/llm/keys.h"
#include "guard/runner.h"
#include "http/client.h"
#include "http/server.h"
#include "policy/policy.h"
#include "service/service.h"
#include "telemetry/tracer.h"

namespace ringfence::llm {

struct GatewayOptions {
  Duration wait_default = Duration::seconds(10);  // for room, where the client states none
  std::size_t body_bytes_max = 32 * 1024 * 1024;
  std::size_t answer_bytes_max = 32 * 1024 * 1024;  // of an answer that is not streamed
  http::ClientLimits client;
  std::shared_ptr<guard::GuardRunner> guards;  // default: none, so what they match is refused
  std::shared_ptr<Metrics> metrics;            // default: counted for nobody
  std::shared_ptr<telemetry::Tracer> tracer;   // default: no spans
};

struct GatewayCore;

class Gateway {
 public:
  // Who asks; as auth::Authenticator::identify with the time now.
  using Identify = std::function<Result<auth::Caller>(const http::Headers&)>;

  Gateway(Service& service, std::shared_ptr<const Policy> policy, KeyRing keys, Identify identify,
          GatewayOptions options = {});
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Whether a request is for a wire: `/v1/…`, `/v1beta/…`, and what clients send to see that
  // someone is there (`HEAD /`, `/api/hello`), which needs no credential.
  static bool serves(std::string_view method, std::string_view path);
  http::awaitable<void> handle(http::Request& request, http::Response& response);

  // For calls that begin from now on.
  void set_policy(std::shared_ptr<const Policy> policy, KeyRing keys);
  std::size_t live_calls() const;
  // Cuts every call and settles it; each client is told in its wire's shape. For a process that
  // ends and has waited long enough.
  void cut_calls();

 private:
  std::shared_ptr<GatewayCore> core_;
};

}  // namespace ringfence::llm
