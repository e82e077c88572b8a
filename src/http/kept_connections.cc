// SPDX-License-Identifier: Apache-2.0
#include "http/kept_connections.h"

namespace ringfence::http {

std::unique_ptr<Stream> KeptConnections::take(const ConnectionKey& key) {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  std::unique_ptr<Stream> taken;
  auto& streams = found->second;
  while (!taken && !streams.empty()) {
    // Bytes that nobody asked for make a connection as unfit as its end does.
    if (streams.back()->peer_state() == PeerState::quiet) taken = std::move(streams.back());
    streams.pop_back();
  }
  if (streams.empty()) kept_.erase(found);
  if (taken) taken->expires_never();
  return taken;
}

void KeptConnections::keep(const ConnectionKey& key, std::unique_ptr<Stream> stream) {
  if (count() >= limits_.total_max) drop_closed();
  if (count() >= limits_.total_max || limits_.per_origin_max == 0) return;
  auto& streams = kept_[key];
  if (streams.size() >= limits_.per_origin_max) streams.erase(streams.begin());
  stream->expires_after(limits_.idle_time);
  streams.push_back(std::move(stream));
}

std::size_t KeptConnections::count() const {
  std::size_t count = 0;
  for (const auto& [key, streams] : kept_) count += streams.size();
  return count;
}

void KeptConnections::drop_closed() {
  for (auto& [key, streams] : kept_) {
    std::erase_if(streams, [](const auto& stream) { return !stream->is_open(); });
  }
  std::erase_if(kept_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace ringfence::http
