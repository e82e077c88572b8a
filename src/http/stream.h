// SPDX-License-Identifier: Apache-2.0
// Stream: an ordered, reliable byte stream between two ends (TCP, Unix socket, TLS over either).
//
// Contract: all objects of one connection live on one io_context that one thread runs; nothing here
// is locked. At most one read (read_some, wait_readable, wait_peer_closed) and one write
// (write_all, shutdown) may be pending at a time; a read and a write may be pending together.
// Memory passed in must outlive the operation. `close` may be called at any time and makes pending
// operations fail soon with `closed`; the object may be destroyed while they are still pending.
// Operations obey Asio's per-operation cancellation: a cancelled one fails with `closed`.
//
// Deadlines: `expires_after` bounds the sum of everything until it is set again; `write_stall`
// bounds how long a write may make no progress at all. When either passes, the stream closes and
// pending and later operations fail with `timeout`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace ringfence::http {

namespace asio = boost::asio;
using asio::awaitable;

// What a look at the incoming side shows without waiting.
enum class PeerState {
  quiet,   // connected, nothing to read
  data,    // connected, bytes are waiting
  closed,  // hung up (its sending side, at least), or the connection broke
};

class Stream {
 public:
  virtual ~Stream() = default;

  // Before anything else, where there is one (TLS). Bound it with `expires_after`.
  virtual awaitable<Result<void>> handshake();

  // Waits for at least one byte; 0 is the orderly end. `into` must not be empty.
  virtual awaitable<Result<std::size_t>> read_some(std::span<char> into) = 0;
  // What can be read at once: nothing if it would have to wait.
  virtual std::optional<Result<std::size_t>> try_read_some(std::span<char> into) = 0;
  // All pieces in order, or an error after which some prefix may have gone.
  virtual awaitable<Result<void>> write_all(std::span<const std::string_view> pieces) = 0;
  awaitable<Result<void>> write_all(std::string_view bytes);

  // Says orderly that no more will be written; reading stays possible.
  virtual awaitable<void> shutdown() = 0;
  virtual void close() noexcept = 0;
  virtual bool is_open() const = 0;

  virtual PeerState peer_state() = 0;
  // Until something (bytes, an end, an error) is there to be read. Holds no buffer while it waits.
  virtual awaitable<Result<void>> wait_readable() = 0;
  // Until the peer hung up, without reading: bytes that arrive meanwhile mean it is still there.
  // Also returns when the stream is closed or the wait is cancelled.
  // A peer that only shut down its sending side counts as gone.
  virtual awaitable<void> wait_peer_closed() = 0;

  virtual void expires_after(Duration duration) = 0;
  virtual void expires_never() = 0;
  virtual void write_stall(Duration duration_max) = 0;

  // Bytes the kernel has taken from us so far; below TLS.
  virtual std::uint64_t bytes_sent() const = 0;
  virtual bool secure() const { return false; }
  virtual int native_handle() const = 0;
  virtual asio::any_io_executor executor() const = 0;
};

// Takes ownership of a connected stream socket (TCP or Unix) and makes it non-blocking.
std::unique_ptr<Stream> make_socket_stream(asio::any_io_executor executor, int socket);

}  // namespace ringfence::http
