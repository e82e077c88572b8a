// SPDX-License-Identifier: Apache-2.0
// Server: HTTP/1.0 and 1.1 on a TCP address or a Unix socket, with or without TLS.
//
// Contract: one Server, its connections and everything a handler touches live on one io_context
// that one thread runs. A handler gets each request once its head is complete and answers it with
// exactly one `send`, or `start`, `write`…, `finish`. Requests of one connection are handled one
// after the other. Request and Response are valid until the handler returns. What the handler
// leaves undone the server settles: no answer → the status its failed `body` calls for, else 500; a
// started answer that was not finished → the connection is cut, so that the client sees it is not
// whole; an exception → the same, and one line in the log. A request that breaks HTTP's rules or a
// limit is answered with problem+json and never reaches the handler.
//
// Limitations: no HTTP/2, no upgrades, no trailers. A client that shuts down its sending side
// before it has its answer counts as gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/head_scanner.h"
#include "http/headers.h"
#include "http/stream.h"

namespace ringfence::http {

class Connection;
class TlsContext;
struct ServerCore;

struct ServerLimits {
  MessageLimits message;                          // 431, 414, 400
  std::size_t body_bytes_max = 32 * 1024 * 1024;  // 413, whatever more a handler asks for
  std::size_t connections_max = 10'000;           // more are answered 503 and closed
  std::size_t turned_away_max = 64;               // at once; beyond, they are closed without a word
  std::uint64_t requests_per_connection_max = 100'000;  // the last is answered `close`
  Duration head_time = Duration::seconds(30);    // handshake; first byte of a head to its last
  Duration idle_time = Duration::seconds(75);    // between two requests
  Duration body_stall = Duration::seconds(30);   // a body of which nothing comes
  Duration write_stall = Duration::seconds(60);  // a client that takes nothing of an answer
  std::size_t discard_bytes_max = 256 * 1024;    // of a body no one read, to keep the connection
  Duration linger_time = Duration::seconds(2);   // for the client to take an early last answer
};

struct ServerOptions {
  ServerLimits limits;
  std::shared_ptr<const TlsContext> tls;  // of listen_tcp; null: plain
};

// Who is at the other end of a Unix socket, as the kernel knew it when the connection was made.
struct PeerProcess {
  pid_t pid = 0;
  uid_t uid = 0;
};

class Request {
 public:
  std::string method;
  std::string target;  // as sent
  std::string path;    // not decoded; "*" for `OPTIONS *`, empty for CONNECT
  std::string query;   // without "?", not decoded
  Headers headers;
  int version_minor = 1;
  std::string peer;  // "127.0.0.1:40312", "[::1]:40312", "unix"
  bool secure = false;
  std::optional<PeerProcess> peer_process;  // of a Unix socket
  std::uint64_t connection_id = 0;

  std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
  // The whole body, once. Errors: `too_large`, `invalid` (bad chunking), `timeout`, `closed`; then
  // the connection will not be kept, and if the handler answers nothing the server answers aptly.
  awaitable<Result<std::string>> body();
  awaitable<Result<std::string>> body(std::size_t bytes_max);
  // See Stream; not together with `body`.
  awaitable<void> wait_peer_closed();

 private:
  friend class Connection;
  explicit Request(Connection& connection) : connection_(connection) {}
  Connection& connection_;
};

class Response {
 public:
  // A whole answer. Content-Length is ours; to a HEAD the body is measured, not sent.
  awaitable<Result<void>> send(int status, Headers headers, std::string body);
  awaitable<Result<void>> send_problem(int status, std::string detail);

  // A streamed answer: chunked, or as it comes until the end for HTTP/1.0; with a Content-Length in
  // `headers`, exactly that many bytes. Each `write` waits until the kernel took all of it, so the
  // handler feels how fast its client reads. After an error the connection is done for.
  awaitable<Result<void>> start(int status, Headers headers);
  awaitable<Result<void>> write(std::string_view bytes);
  awaitable<Result<void>> finish();
  // Cuts the connection at once. The client sees a broken answer, not a short one.
  void abort();

  // The connection is not kept after this answer.
  void close_after() { keep_alive_ = false; }
  bool started() const { return phase_ != Phase::fresh; }
  int status() const { return status_; }
  awaitable<void> wait_peer_closed();

 private:
  friend class Connection;
  enum class Phase { fresh, streaming, done, broken };
  enum class Framing { none, length, chunked, until_close };
  explicit Response(Connection& connection) : connection_(connection) {}

  Result<std::string> write_head(int status, Headers headers);
  awaitable<Result<void>> write_pieces(std::span<const std::string_view> pieces);

  Connection& connection_;
  Phase phase_ = Phase::fresh;
  Framing framing_ = Framing::none;
  std::uint64_t left_ = 0;  // bytes still owed with Framing::length
  int status_ = 0;
  bool to_head_ = false;
  int version_minor_ = 1;
  bool keep_alive_ = false;
};

using Handler = std::function<awaitable<void>(Request&, Response&)>;

class Server {
 public:
  Server(asio::any_io_executor executor, Handler handler, ServerOptions options = {});
  // Stops hard. Handlers that still run end when their operations fail.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens and begins to accept. Port 0: the system chooses. May be called for several addresses.
  // Errors: `invalid` (no such address), `conflict` (in use, by a living process), `unavailable`.
  Result<void> listen_tcp(const std::string& host, std::uint16_t port);
  // The same without TLS whatever the options say: loopback beside an address for others.
  Result<void> listen_tcp_plain(const std::string& host, std::uint16_t port);
  // Without TLS; mode 0600 from the first moment. A socket file of our own user that nobody answers
  // on is replaced, nothing else is.
  Result<void> listen_unix(const std::string& path);

  // Of the last listen_tcp.
  std::uint16_t port() const;
  std::size_t connections() const;
  std::uint64_t requests_served() const;

  // Accepts no more, closes idle connections, lets requests in flight finish for at most
  // `time_max`. Returns how many connections are left, each with a handler that still runs.
  awaitable<std::size_t> wind_down(Duration time_max);
  // The same, and cuts the rest. Returns how many were cut.
  awaitable<std::size_t> drain(Duration time_max);
  // Accepts no more and cuts everything.
  void stop();

 private:
  std::shared_ptr<ServerCore> core_;
};

}  // namespace ringfence::http
