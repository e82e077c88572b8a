// SPDX-License-Identifier: Apache-2.0
// The tree of processes below one of ours, and how to end all of it.
//
// Contract: reads /proc; Linux only. `become_subreaper` makes orphans of the tree come back to this
// process, so that a `setsid nohup` grandchild stays findable. Signals go to pids just read and
// checked by their start time, so that a reused pid is not hit.
// Limitations: a process of another uid (a setuid program) may not be killable; it is reported.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"

namespace ringfence {

struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;
  char state = '?';  // 'Z': ended, not yet waited for
};

std::optional<ProcessInfo> read_process(pid_t pid);

// All living processes whose chain of parents leads to `root`, `root` itself left out.
std::vector<ProcessInfo> descendants(pid_t root);

// `pid` is `root` or descends from it.
bool descends_from(pid_t pid, pid_t root);

Result<void> become_subreaper();

// Sends `signal` to every descendant of this process. Returns how many are alive still.
std::size_t signal_descendants(int signal);

}  // namespace ringfence
