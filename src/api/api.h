// SPDX-License-Identifier: Apache-2.0
// Api: the REST API of the service under /api/v1, the signed record under /audit, and /metrics,
// /healthz and /readyz.
//
// Contract: all calls are made on the one thread of the server's io_context. `handle` answers every
// request it is given, with JSON, problem+json or (events) a stream of server-sent events. What
// changes something is answered only after it is durable; reads show the engine as it is. A client
// that hangs up while its hold waits has the hold cancelled. The service outlives the io_context;
// before it is stopped the server should be drained, its event streams ended first.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credential.h"
#include "base/metrics.h"
#include "guard/runner.h"
#include "http/server.h"
#include "notary/notary.h"
#include "service/policy_changer.h"
#include "service/service.h"

namespace ringfence::api {

class ApiCore;

// One webhook of the policy, as it stands.
struct WebhookView {
  std::string name, url;  // without a query
  std::size_t pending = 0;
  std::uint64_t dropped = 0;
  bool disabled = false;  // its receiver answered 410
  bool no_secret = false;
  std::string last_outcome;  // empty: none since the start
  Time last_at;
};

// What the witnesses of the policy have cosigned.
struct WitnessView {
  std::string name, url;     // without a query
  std::uint64_t events = 0;  // of the newest tree it cosigned
  bool forked = false;       // it knows of this log what was not signed here
  std::string last_outcome;  // empty: none since the start
  Time last_at;
};
struct WitnessesView {
  std::vector<WitnessView> witnesses;
  std::int64_t quorum = 0;
  std::uint64_t events = 0;  // that as many have cosigned
  bool late = false;
  bool forked = false;
};

struct ApiOptions {
  std::size_t body_bytes_max = 1024 * 1024;       // of one call: 413
  std::size_t batch_bytes_max = 8 * 1024 * 1024;  // of a batch: 413
  std::size_t event_streams_max = 256;            // open at once; more are refused: 503
  Duration heartbeat = Duration::seconds(15);     // of a silent event stream
  std::function<Time()> now;                      // default: the wall clock
  auth::LocalResolver local;                      // default: nobody
  std::shared_ptr<PolicyChanger> policy_changer;  // default: one of its own
  std::shared_ptr<guard::GuardRunner> guards;     // default: none, so what they match is refused
  std::shared_ptr<const Metrics> metrics;         // shown at /metrics; default: none
  bool metrics_open = false;  // also to callers without a credential, without the accounts
  std::function<std::vector<WebhookView>()> webhooks;  // default: none
  std::shared_ptr<const notary::Notary> notary;        // default: nothing is signed
  std::function<WitnessesView()> witnesses;            // default: none
  Duration ready_time = Duration::seconds(2);  // for the journal to answer, or it is not ready
};

class Api {
 public:
  // The authenticator is shared with the other edges of the same thread.
  Api(Service& service, std::shared_ptr<auth::Authenticator> authenticator, auth::RunSigner signer,
      ApiOptions options = {});
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Whether a path is for this API to answer.
  static bool serves(std::string_view path);

  http::awaitable<void> handle(http::Request& request, http::Response& response);

  // Event streams have no end of their own: these end now, and later ones at once. For a server
  // that is drained.
  void end_streams();

 private:
  std::shared_ptr<ApiCore> core_;
};

}  // namespace ringfence::api
