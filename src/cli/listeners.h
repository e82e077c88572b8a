// SPDX-License-Identifier: Apache-2.0
// The addresses that `serve` listens on: read and checked before anything is opened, bound at the
// end.
//
// Contract: an address that others than this machine can reach has TLS, or --insecure-listen was
// said. Without a certificate all addresses are plain; with one, TCP addresses speak TLS but for
// those that say http://. A Unix socket is plain and of mode 0600. The private key's file must be
// its owner's alone (through a link or not); it never enters a message.
// Limitations: a new certificate is taken at the next start.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/listen_address.h"
#include "cli/options.h"
#include "http/server.h"
#include "http/tls.h"

namespace ringfence {

struct ListenPlan {
  std::vector<ListenAddress> addresses;
  std::shared_ptr<const http::TlsContext> tls;  // null: no certificate was given
};

// Errors: `invalid`, naming the option and what to do.
Result<ListenPlan> plan_listeners(const ServeOptions& options);

struct BoundAddresses {
  std::vector<std::string> all;  // in the order of the plan
  std::string for_agents;        // a plain one on loopback before any other; empty: no TCP address
};

// `server` has the plan's TLS. Errors as Server::listen_tcp and listen_unix.
Result<BoundAddresses> bind_listeners(http::Server& server, const ListenPlan& plan);

}  // namespace ringfence
