// SPDX-License-Identifier: Apache-2.0
// Listener: a listening socket, TCP or Unix.
//
// Contract: internal to the room. Closes its socket and removes its socket file when destroyed,
// provided that the file is still the one it made.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/stream.h"

namespace ringfence::http {

class TlsContext;

struct Accepted {
  std::unique_ptr<Stream> stream;
  std::string peer;
};

struct Listener {
  Listener(const asio::any_io_executor& executor, int socket)
      : descriptor(executor, socket), pause(executor) {}
  ~Listener();

  void close();

  asio::posix::stream_descriptor descriptor;
  asio::steady_timer pause;
  std::shared_ptr<const TlsContext> tls;  // null: plain
  std::string socket_file;                // empty for TCP
  ino_t socket_inode = 0;
  std::uint16_t port = 0;
};
using ListenerPtr = std::shared_ptr<Listener>;

Result<ListenerPtr> listen_on_tcp(const asio::any_io_executor& executor, const std::string& host,
                                  std::uint16_t port);
Result<ListenerPtr> listen_on_unix(const asio::any_io_executor& executor, const std::string& path);

// The next connection; an error once the listener is closed. Waits a while when the process or the
// system is out of descriptors or memory, instead of spinning.
awaitable<Result<Accepted>> accept_next(ListenerPtr listener);

}  // namespace ringfence::http
