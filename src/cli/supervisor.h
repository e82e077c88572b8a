// SPDX-License-Identifier: Apache-2.0
// Supervisor: a fenced child from its start to its end: its lease renewed, its halts obeyed, its
// signals passed on, and nothing of its tree left behind.
//
// Contract: one thread, one run. While the child owns the terminal nothing is printed. The tree is
// told TERM, then after kGrace KILL. A daemon that goes away does not end the child (its calls fail
// closed meanwhile); the supervisor goes on asking until the child ends.
// Limitations: SIGKILL to this process kills the child, and orphans that left its group only lose
// their credential when the lease lapses.
#pragma once

#include <string>

#include "cli/api_client.h"
#include "run/child.h"

namespace ringfence {

struct SupervisedRun {
  std::string run_id, account;
  Duration lease;                 // to be renewed well within
  std::uint64_t events_seen = 0;  // where the run's events begin
  bool progress = false;
};

struct SupervisedEnd {
  ChildExit exit;
  bool stopped_by_fence = false;  // a halt, or the run's hard end
  std::string why;
};

// Between the child's start and its supervision a signal to us must not end us alone: called
// before the start; `supervise` lets through what came meanwhile.
void keep_signals_waiting();
void let_signals_through();

SupervisedEnd supervise(const ApiClient& client, const SupervisedRun& run, Child& child);

}  // namespace ringfence
