// SPDX-License-Identifier: Apache-2.0
// WebhookDelivery: the webhooks of the policy in force, with their secrets, while the daemon
// serves.
//
// Contract: `check` on the changer's thread, the rest on the daemon's. The service outlives it.
// Reading a secret blocks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/api.h"
#include "cli/secrets.h"
#include "webhook/webhooks.h"

namespace ringfence {

class WebhookDelivery {
 public:
  WebhookDelivery(Service& service, const KeyVariables& variables)
      : service_(service), variables_(variables) {}

  // The names of those whose secret is not there: what is for them waits.
  Result<std::vector<std::string>> start(const Policy& policy, std::shared_ptr<Metrics> metrics);
  // Before a version may come into force: its secrets must be there.
  Result<void> check(const Policy& next);
  void adopt(const Policy& policy);
  std::vector<api::WebhookView> views() const;

 private:
  Result<webhook::LoadedEndpoints> load(const Policy& policy) const;
  std::uint64_t take_floor(const std::string& sha256_hex);

  Service& service_;
  const KeyVariables& variables_;
  std::unique_ptr<webhook::Webhooks> webhooks_;
  std::mutex mutex_;  // of what follows
  // Of versions that were checked: how long the record was before they could come into force.
  std::map<std::string, std::uint64_t> floors_;
  std::uint64_t last_floor_ = 0;
};

}  // namespace ringfence
