// SPDX-License-Identifier: Apache-2.0
// One blocking HTTP/1.1 server connection: reads requests, sends bytes, waits, and notices when the
// peer goes away.
//
// Contract: a Connection owns its socket and belongs to one thread. No function throws. `false`
// always means "the peer is gone" and the connection is then only good for destruction. While a
// reply is being made, wait_until() and send_all() both look for the peer's close, so that a
// generation stops as soon as nobody listens.
//
// Limitations: no TLS, no HTTP/2, no pipelining beyond what is already buffered; a half-closed peer
// counts as gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mock {

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kHeadBytesMax = 256 * 1024;
inline constexpr std::size_t kBodyBytesMax = 64 * 1024 * 1024;

struct Header {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string path;   // without the query
  std::string query;  // without the '?'
  std::vector<Header> headers;
  std::string body;
  bool keep_alive = true;

  // The first header of that name (ASCII case ignored), or an empty view.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // The value of `name` in the query, or an empty view. No percent decoding.
  [[nodiscard]] std::string_view query_value(std::string_view name) const;
};

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

enum class ReadOutcome { request, closed, malformed, too_large };

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Blocks for the next request. After `malformed` or `too_large` answer once and destroy.
  [[nodiscard]] ReadOutcome read_request(HttpRequest& out);

  // Returns once all bytes are in the socket's buffer.
  [[nodiscard]] bool send_all(std::string_view bytes);

  // Returns true at `when`, false as soon as the peer is gone.
  [[nodiscard]] bool wait_until(Clock::time_point when);

  // Returns when the peer has gone.
  void wait_for_close();

  // Lets the peer's kernel take what was sent, then aborts with RST.
  void reset();

  // Bounds the kernel's send buffer, so that little is generated ahead of a slow reader.
  void limit_send_buffer(int bytes);

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] bool poll_once(short events, int timeout_ms, short& seen);
  [[nodiscard]] ReadOutcome read_body(HttpRequest& out, std::size_t head_end);
  [[nodiscard]] ReadOutcome read_chunked(HttpRequest& out);
  [[nodiscard]] bool take_line(std::string& line);
  [[nodiscard]] bool take_bytes(std::size_t count, std::string& out);

  int fd_;
  std::string buffer_;  // received and not yet consumed
};

// Opens a listening socket on "HOST:PORT" (IPv4 or [IPv6], port 0 = any). Returns the descriptor
// and sets `url` to the address really bound, or returns -1 and sets `error`.
[[nodiscard]] int listen_on(const std::string& address, std::string& url, std::string& error);

}  // namespace mock
