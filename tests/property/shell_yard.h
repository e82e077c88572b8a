// SPDX-License-Identifier: Apache-2.0
// ShellYard: runs lines by a real bash whose every program is a stub, and leaves nothing of them.
//
// Contract: a folder of its own, removed at the end, with stubs for the names given; what they
// start is in `Run::started`. Each line is `bash -c LINE` in a session and a folder of its own,
// with an empty environment but for PATH and HOME, and with limits on CPU, files and processes. As
// root it runs under a uid that nobody else has, so that the limit on processes holds. It has
// kLineTime, then its group is killed; whatever made itself another session comes back to the
// keeper as subreaper and is killed too. No line begins before all of the one before is gone.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::testing {

class ShellYard {
 public:
  struct Run {
    std::set<std::string> started;
    bool ended = false;  // by itself, with all that it started
  };

  explicit ShellYard(std::span<const std::string_view> programs);
  ~ShellYard();
  ShellYard(const ShellYard&) = delete;
  ShellYard& operator=(const ShellYard&) = delete;

  // One answer a line; fewer when its keeper failed.
  std::vector<Run> run(std::span<const std::string> lines) const;

 private:
  [[noreturn]] void keep(std::span<const std::string> lines) const;
  bool keep_line(const std::string& line, std::size_t number) const;
  bool become_nobody() const;
  void mark(std::string_view text) const;

  std::filesystem::path root_;
  pid_t test_ = ::getpid();
  uid_t uid_ = 0;  // 0: we are no root, and stay who we are
};

}  // namespace ringfence::testing
