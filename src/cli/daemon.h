// SPDX-License-Identifier: Apache-2.0
// Daemon: all rooms put together: ledger and record, gateway, API, listeners.
//
// Contract: `open` either has everything ready (the record replayed, the addresses bound) or says
// why not; `run` serves until SIGTERM or SIGINT, then drains: it takes nothing new, calls in flight
// may finish until the drain time is over and are then cut and settled. A second signal ends at
// once; holds that are then open are charged in full at the next start. One thread serves all
// connections; the service has its own two. Secrets are in this process's memory and mode-0600
// files only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace ringfence {

class Daemon {
 public:
  virtual ~Daemon() = default;
  static Result<std::unique_ptr<Daemon>> open(const ServeOptions& options);
  // All that it listens on, but for the data directory's own socket.
  virtual const std::vector<std::string>& addresses() const = 0;
  // Where its first lines of advice are: what was created, what is missing.
  virtual std::string greeting() const = 0;
  virtual int run() = 0;
};

// The text of the policy that `serve` and `run` use: the file named, or policy.yaml in the data
// directory, written from the starter when missing.
struct PolicyFile {
  std::string path;
  std::string text;
  bool created = false;
};
Result<PolicyFile> load_policy_file(const std::string& path, const std::string& data_dir);

}  // namespace ringfence
