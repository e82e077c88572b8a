// SPDX-License-Identifier: Apache-2.0
// The data directory: where a daemon keeps its record, and how others find that daemon.
//
// Contract: `DIR/daemon.json` is written by a daemon once it is ready and removed when it ends; a
// stale one is recognised by its socket not answering. Nothing secret is in it.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace ringfence {

// $XDG_STATE_HOME/ringfence, else ~/.local/state/ringfence.
std::string default_data_dir();

struct DaemonFile {
  pid_t pid = 0;
  std::string url;     // http://127.0.0.1:7070; empty: it has no TCP address
  std::string socket;  // path
};

Result<void> write_daemon_file(const std::string& data_dir, const DaemonFile& daemon);
Result<DaemonFile> read_daemon_file(const std::string& data_dir);
void remove_daemon_file(const std::string& data_dir);

std::string socket_path(const std::string& data_dir);

}  // namespace ringfence
