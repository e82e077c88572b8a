// SPDX-License-Identifier: Apache-2.0
// Webhooks: delivers events of the record to people's systems, by Standard Webhooks 1.0.
//
// Contract: a thread of its own reads the journal behind its writer, puts down what is to be
// delivered (webhook/store.h) and delivers it: no decision waits for any of it, and with no
// endpoint nothing is read. Every event that an endpoint wants is delivered at least once while it
// is in the policy, over restarts and crashes, unless its receiver fails through the whole schedule
// or so much waits that the oldest are dropped; what comes twice has the same id. No order is
// promised. An endpoint that is new begins with what comes next, one of which the policy says
// something else goes on where it was; one that answered 410 is left alone until then, and begins
// as a new one. A failure of the store is logged and
// tried again. All public functions are thread-safe. The service outlives it.
//
// Limitations: an event is told to an endpoint as the present policy describes it, also one that
// came before this version but is not delivered yet. Names are looked up one after the other: one
// whose servers do not answer delays new connections to others until the system gives it up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "service/service.h"
#include "webhook/endpoint.h"

namespace ringfence::webhook {

inline constexpr int kSendingMax = 4;  // at once, to one endpoint
// Between two commits of the store: the journal has the disk first.
inline constexpr Duration kCommitSpacing = Duration::millis(200);

struct WebhookStatus {
  std::string name;
  std::string url;            // without its query
  std::size_t pending = 0;    // waiting, or on its way
  std::uint64_t dropped = 0;  // since the start
  bool disabled = false;      // it answered 410
  bool no_secret = false;     // its secret was not there
  std::string last_outcome;   // "delivered", "status 500", …; empty: none since the start
  Time last_at;
};

struct WebhooksOptions {
  Service* service = nullptr;
  std::string installation;          // its id: part of every message's
  std::shared_ptr<Metrics> metrics;  // default: counted for nobody
};

class Webhooks {
 public:
  // Starts with these endpoints; `since` as below. Errors: those of the journal.
  static Result<std::unique_ptr<Webhooks>> open(WebhooksOptions options, Endpoints endpoints,
                                                std::uint64_t since);
  // Cuts what is on its way (it is tried again after the next start) and joins the thread.
  virtual ~Webhooks() = default;

  // `since`: the event that brought them; new ones begin after it.
  virtual void set_endpoints(Endpoints endpoints, std::uint64_t since) = 0;
  virtual std::vector<WebhookStatus> status() const = 0;
};

}  // namespace ringfence::webhook
