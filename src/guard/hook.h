// SPDX-License-Identifier: Apache-2.0
// Hook: a guard that is a server, with its secret and all that a question to it needs.
//
// Contract: immutable once made, shared with the questions under way; its secret is wiped when the
// last holder goes. `load` blocks: a secret's command may run for seconds. `ask_hook` runs on the
// caller's executor, one thread, and comes back within the time stated, whatever the server, its
// name or the network does. A question is a POST signed as Standard Webhooks 1.0 has it, sent once;
// no redirect is followed, and 200 with at most kAnswerBytesMax is the only answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auth/key_source.h"
#include "http/client.h"
#include "http/tls.h"
#include "policy/policy.h"
#include "webhook/signature.h"

namespace ringfence::guard {

struct Hook {
  http::Url url;
  std::vector<webhook::Secret> secrets;               // one; none: it is not there
  std::shared_ptr<const http::TlsContext> tls;        // null: the system's authorities
  std::shared_ptr<const http::AddressFilter> filter;  // null: any address
};

class Hooks {
 public:
  // Those of the guards that are servers. Errors: `invalid` (no secret of ours, a CA file that
  // cannot be used), `forbidden` (a file's mode), `unavailable` (a secret's command).
  static Result<Hooks> load(const std::vector<GuardRule>& guards,
                            const auth::Environment& environment);

  // Null: not of this version of the rule.
  std::shared_ptr<const Hook> find(const GuardRule& guard) const;
  // Guards whose secret is not there: what they match is denied.
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  std::map<std::string, std::shared_ptr<const Hook>> by_fingerprint_;
  std::vector<std::string> missing_;
};

// What it answered. Errors as of ask_command, and `forbidden` for an address that it may not have.
boost::asio::awaitable<Result<std::string>> ask_hook(std::shared_ptr<http::Client> client,
                                                     std::shared_ptr<const Hook> hook,
                                                     Duration timeout, std::string question);

}  // namespace ringfence::guard
