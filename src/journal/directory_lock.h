// SPDX-License-Identifier: Apache-2.0
// DirectoryLock: at most one process owns a data directory.
//
// Contract: holds flock(2) on `DIR/lock`, which the kernel drops when the process ends in whatever
// way, so that a killed owner never blocks its successor. The file's content is the owner's pid,
// for people and error sentences only; it decides nothing.
// Limitations: flock on network file systems may bind one machine only.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace ringfence {

class DirectoryLock {
 public:
  // Errors: `conflict` (another process has it, its pid in the sentence), `unavailable`.
  static Result<DirectoryLock> take(const std::string& data_dir);

 private:
  explicit DirectoryLock(int fd) : file_(fd) {}
  Descriptor file_;
};

}  // namespace ringfence
