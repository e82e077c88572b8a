// SPDX-License-Identifier: Apache-2.0
// Client: HTTP/1.1 requests over kept connections, with answers read as they come.
//
// Contract: one io_context, one thread; the client outlives its answers. A kept connection is used
// again only after its last answer was read to the end, and only if the peer has neither hung up
// nor sent anything since. If it breaks all the same before any byte of an answer, the request is
// sent once more, on a new connection, provided that no byte of it had left or that its method is
// safe (GET, HEAD, OPTIONS); a POST that may have been received is never sent twice. `read_some`
// reads from the network only what fits into one buffer, so a slow reader slows the sender
// (back-pressure). The request goes out beside the reading: a peer may answer before it has all of
// it. No redirect is followed, nothing is decompressed. TLS verifies chain and host.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/address_filter.h"
#include "http/message_parser.h"
#include "http/stream.h"
#include "http/url.h"

namespace ringfence::http {

class TlsContext;
struct ClientCore;
struct ClientConnection;

struct ClientLimits {
  MessageLimits message;
  Duration connect_time = Duration::seconds(10);  // resolve, connect and TLS handshake
  Duration idle_time = Duration::seconds(60);     // a kept connection, before it is dropped
  std::size_t idle_per_origin_max = 128;          // kept connections
  std::size_t idle_max = 1024;                    // of all origins
  Duration write_stall = Duration::seconds(60);   // a peer that takes nothing of the request
  int interim_answers_max = 8;                    // 1xx before the answer
  std::size_t read_buffer_bytes = 16 * 1024;      // per connection
};

// Ends one call from outside, at any stage; what waits then fails with `closed`.
class CutSwitch {
 public:
  void cut();
  bool is_cut() const { return cut_; }

 private:
  friend class Client;
  friend struct ClientConnection;
  bool cut_ = false;
  Stream* stream_ = nullptr;  // of the call, while it has one
};

struct ClientRequest {
  std::string method = "GET";
  Url url;
  Headers headers;  // Host, Connection and what frames the body are ours
  std::string body;
  Duration head_time = Duration::minutes(10);   // from sending to the answer's head
  std::shared_ptr<const TlsContext> tls;        // null: the system's authorities
  std::shared_ptr<const AddressFilter> filter;  // null: any address may be dialled
  std::shared_ptr<CutSwitch> cut_switch;        // for this call alone; may be null
};

struct RequestFailure {
  Error error;
  bool sent = false;  // some byte of the request may have reached the peer
};

class ClientResponse {
 public:
  ClientResponse(ClientResponse&&) noexcept;
  ClientResponse& operator=(ClientResponse&&) noexcept;
  ~ClientResponse();  // closes the connection unless the body was read to its end

  int status() const;
  const Headers& headers() const;

  // The next bytes of the body, valid until the next call; empty: the body is complete. Errors:
  // `closed` (cut short), `invalid` (bad framing), `timeout` (nothing came for `stall`).
  awaitable<Result<std::string_view>> read_some(Duration stall);
  // Everything that is left. Errors also: `too_large`.
  awaitable<Result<std::string>> read_all(std::size_t bytes_max, Duration stall);
  bool complete() const;
  // Cuts the connection at once; a read that waits ends with `closed`.
  void close();

 private:
  friend class Client;
  explicit ClientResponse(std::unique_ptr<ClientConnection> connection);
  void give_back();
  std::unique_ptr<ClientConnection> connection_;
};

class Client {
 public:
  explicit Client(ClientLimits limits = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  awaitable<std::expected<ClientResponse, RequestFailure>> request(ClientRequest request);
  std::size_t idle_connections() const;
  std::uint64_t connections_made() const;

 private:
  std::shared_ptr<ClientCore> core_;
};

}  // namespace ringfence::http
