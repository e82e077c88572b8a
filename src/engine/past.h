// SPDX-License-Identifier: Apache-2.0
// Past: what the record says of holds and their runs, for the walls that a policy brings anew.
//
// Contract: plain state, fed with events in order; single-threaded, but may be filled on one thread
// and handed to another. Keeps what was open, opened or resolved at `since` or later, and nothing
// older: a wall whose window reaches further back needs another one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/event.h"

namespace ringfence {

struct PastHold {
  std::string run_id, account, operation;
  std::vector<std::string> further;
  Time opened, resolved;
  Amounts charged;
  bool open = true;
};

class Past {
 public:
  explicit Past(Time since) : since_(since) {}

  void read(const Event& event);

  Time since() const { return since_; }
  std::uint64_t last_seq() const { return last_seq_; }  // of the newest event that was read
  const std::map<HoldId, PastHold>& holds() const { return holds_; }
  struct Run {
    std::string account, parent;
    Identity identity;
  };
  const Run* run(const std::string& id) const;

 private:
  Time since_;
  std::uint64_t last_seq_ = 0;
  std::map<HoldId, PastHold> holds_;
  std::unordered_map<std::string, Run> runs_;
};

}  // namespace ringfence
