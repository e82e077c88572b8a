// SPDX-License-Identifier: Apache-2.0
// Upstream: the way to the providers, as a call needs it: send, read, and be cut at any point.
//
// Contract: one io_context, one thread. Connections are kept per provider; TLS verifies chain and
// host against the provider's authorities. Nothing is decoded, no redirect is followed, a request
// is never sent twice. An answer is read no further ahead of its reader than one buffer.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/llm/call_control.h"
#include "http/client.h"
#include "http/tls.h"
#include "policy/policy.h"

namespace ringfence::llm {

struct UpstreamFailure {
  Error error;
  bool may_have_been_received = false;  // some byte of the request left
};

class Upstream {
 public:
  using Answer = std::expected<http::ClientResponse, UpstreamFailure>;

  explicit Upstream(const http::ClientLimits& limits) : client_(limits) {}

  // What would be sent where; a version that ends the provider's address yields to one that begins
  // `path`. Errors: `invalid` (address), those of TlsContext::client.
  Result<http::ClientRequest> prepare(const Provider& provider, std::string_view path);
  // Waits for the answer's head; while it does, `control.interrupt` cuts it.
  http::awaitable<Answer> send(http::ClientRequest request, CallControl& control);

 private:
  http::Client client_;
  std::map<std::string, std::shared_ptr<const http::TlsContext>> tls_by_ca_file_;
};

}  // namespace ringfence::llm
