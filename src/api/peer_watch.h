// SPDX-License-Identifier: Apache-2.0
// PeerWatch: runs a function when the client of a request hangs up while its answer is awaited.
//
// Contract: on the connection's executor, from `start_peer_watch` until `stop` has returned; the
// Response must live that long, so whoever starts a watch always awaits its stop. The function runs
// at most once, and not after `stop` was called.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

namespace ringfence::http {
class Response;
}

namespace ringfence::api {

class PeerWatch {
 public:
  virtual ~PeerWatch() = default;
  virtual boost::asio::awaitable<void> stop() = 0;
};

std::shared_ptr<PeerWatch> start_peer_watch(const boost::asio::any_io_executor& executor,
                                            http::Response& response,
                                            std::function<void()> on_closed);

}  // namespace ringfence::api
