// SPDX-License-Identifier: Apache-2.0
// Child: the fenced command as a process of its own group, with the terminal handed to it and back.
//
// Contract: one child, one thread. The child gets SIGKILL when this process dies. While it is in
// the foreground of a terminal it owns it; when it stops (Ctrl-Z) this process stops too, so that
// the shell's job control works as if the child had been started directly.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace ringfence {

struct ChildExit {
  int code = 0;  // as a shell would report it: 128 + signal when killed
  bool signalled = false;
};

class Child {
 public:
  // Starts `command` (looked up in PATH). Errors: `not_found` (no such program), `unavailable`.
  static Result<Child> start(const std::vector<std::string>& command,
                             const std::vector<std::string>& environment);

  pid_t pid() const { return pid_; }

  // To be called after SIGCHLD: reaps every process of ours that has ended. The exit of the child
  // itself, once it has ended.
  std::optional<ChildExit> reap();
  // After SIGCONT of this process.
  void resume();
  // Sends a signal to the child's process group.
  void signal(int number) const;

 private:
  explicit Child(pid_t pid, bool owns_terminal) : pid_(pid), owns_terminal_(owns_terminal) {}
  void take_terminal_back() const;
  void give_terminal() const;

  pid_t pid_;
  bool owns_terminal_;
};

}  // namespace ringfence
