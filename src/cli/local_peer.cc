// SPDX-License-Identifier: Apache-2.0
#include "cli/local_peer.h"

#include <unistd.h>

#include "run/process_tree.h"

namespace ringfence {

bool LocalPeers::fenced(pid_t pid) const {
  const auto peer = read_process(pid);
  if (!peer) return true;  // gone or unreadable: nobody we can vouch for
  for (const auto& [supervisor, start] : supervisors_) {
    const auto living = read_process(supervisor);
    if (!living || living->start_ticks != start) continue;
    if (pid != supervisor && descends_from(peer->parent, supervisor)) return true;
  }
  return false;
}

std::optional<auth::Caller> LocalPeers::resolve(const http::Request& request) {
  if (!request.peer_process) return std::nullopt;
  const auto [pid, uid] = *request.peer_process;
  if ((uid != ::getuid() && uid != 0) || fenced(pid)) return std::nullopt;
  // Whoever starts a run over this socket supervises it: its descendants are inside the fence.
  if (request.method == "POST" && request.path == "/api/v1/runs") {
    std::erase_if(supervisors_, [](const auto& entry) {
      const auto living = read_process(entry.first);
      return !living || living->start_ticks != entry.second;
    });
    if (const auto process = read_process(pid)) supervisors_[pid] = process->start_ticks;
  }
  return auth::operator_caller(operators_->local());
}

}  // namespace ringfence
