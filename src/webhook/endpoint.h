// SPDX-License-Identifier: Apache-2.0
// Endpoint: one webhook of the policy with its secrets and all that a delivery to it needs.
//
// Contract: immutable once made, shared with the deliveries under way. `load` blocks (a secret's
// command may run for seconds); secrets are wiped when the last holder goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "auth/key_source.h"
#include "http/address_filter.h"
#include "http/tls.h"
#include "http/url.h"
#include "policy/webhooks.h"
#include "webhook/signature.h"

namespace ringfence::webhook {

struct Endpoint {
  WebhookRule rule;
  std::string identity;  // changes with anything that the policy says of it
  http::Url url;
  std::vector<Secret> secrets;                  // the present one first; none: nothing is sent
  std::shared_ptr<const http::TlsContext> tls;  // null: the system's authorities
  std::shared_ptr<const http::AddressFilter> filter;  // null: any address
};
using Endpoints = std::vector<std::shared_ptr<const Endpoint>>;

struct LoadedEndpoints {
  Endpoints endpoints;
  std::vector<std::string> missing;  // those whose secret is not there: what is for them waits
};

// Errors: `invalid` (no secret of ours, a CA file that cannot be used), `forbidden` (a file's
// mode), `unavailable` (a command).
Result<LoadedEndpoints> load_endpoints(const std::vector<WebhookRule>& rules,
                                       const auth::Environment& environment);

}  // namespace ringfence::webhook
