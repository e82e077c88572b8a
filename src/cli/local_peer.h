// SPDX-License-Identifier: Apache-2.0
// LocalPeers: who is at the other end of the daemon's Unix socket.
//
// Contract: one thread. A process of our own uid (or root) is the operator, since it could read
// whatever we can; but not one that descends from a fenced child: those are known by the `run`
// processes that started runs here, whose descendants they are.
// Limitations: cooperative. A fenced process of the same uid that escapes its parents' chain, by
// ptrace for instance, is not told apart; that needs the sandbox or another uid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "auth/credential.h"
#include "http/server.h"

namespace ringfence {

class LocalPeers {
 public:
  explicit LocalPeers(std::shared_ptr<const auth::Operators> operators)
      : operators_(std::move(operators)) {}

  std::optional<auth::Caller> resolve(const http::Request& request);

 private:
  bool fenced(pid_t pid) const;

  std::shared_ptr<const auth::Operators> operators_;
  std::map<pid_t, std::uint64_t>
      supervisors_;  // pid and start time, so that a reused pid is not one
};

}  // namespace ringfence
