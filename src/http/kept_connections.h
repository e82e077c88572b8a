// SPDX-License-Identifier: Apache-2.0
// KeptConnections: connections of a Client that wait for their next request.
//
// Contract: internal to the room. A connection given out is open and nothing was received on it
// since it was kept. One that waits too long closes itself; no more than the limits are held.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/address_filter.h"
#include "http/stream.h"
#include "http/tls.h"

namespace ringfence::http {

struct KeptLimits {
  Duration idle_time;
  std::size_t per_origin_max = 0;
  std::size_t total_max = 0;
};

// Which connections may serve which requests. The authorities that vouched for the peer, and what
// let its address pass, are part of it, and held, so that theirs is not given to others meanwhile.
struct ConnectionKey {
  std::string origin;
  std::shared_ptr<const TlsContext> tls;
  std::shared_ptr<const AddressFilter> filter = nullptr;
  friend auto operator<=>(const ConnectionKey&, const ConnectionKey&) = default;
};

class KeptConnections {
 public:
  explicit KeptConnections(KeptLimits limits) : limits_(limits) {}

  // The youngest that is fit, or null.
  std::unique_ptr<Stream> take(const ConnectionKey& key);
  void keep(const ConnectionKey& key, std::unique_ptr<Stream> stream);
  std::size_t count() const;

 private:
  void drop_closed();

  KeptLimits limits_;
  std::map<ConnectionKey, std::vector<std::unique_ptr<Stream>>> kept_;
};

}  // namespace ringfence::http
