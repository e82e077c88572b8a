// SPDX-License-Identifier: Apache-2.0
// Connection: one client's connection to a Server, and the state all connections share.
//
// Contract: internal to the room. Owned by the coroutine that runs it; the core only lists it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/message_parser.h"
#include "http/server.h"

namespace ringfence::http {

struct Listener;

struct ServerCore {
  ServerCore(const asio::any_io_executor& on, Handler handle, ServerOptions with);

  void close_all(bool idle_only);

  asio::any_io_executor executor;
  Handler handler;
  ServerOptions options;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::unordered_map<std::uint64_t, std::weak_ptr<Connection>> connections;
  asio::steady_timer emptied;  // cancelled when the last connection ends
  std::uint64_t next_connection_id = 1;
  std::uint64_t requests_served = 0;
  std::size_t turned_away = 0;  // that are being told so
  std::uint16_t port = 0;
  bool draining = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerCore> core, std::unique_ptr<Stream> stream, std::string peer,
             const std::shared_ptr<const TlsContext>& tls);
  ~Connection();

  // From handshake to close.
  awaitable<void> run();

  bool idle() const { return idle_; }
  std::uint64_t id() const { return id_; }
  Stream& stream() { return *stream_; }
  const ServerLimits& limits() const { return core_->options.limits; }
  bool draining() const { return core_->draining; }

  awaitable<Result<std::string>> read_body(std::size_t bytes_max);

 private:
  awaitable<bool> serve_one();
  awaitable<bool> wait_for_request();
  awaitable<Parsed<bool>> read_head();
  awaitable<void> handle(Request& request, Response& response);
  awaitable<void> settle_response(Response& response, bool threw);
  awaitable<bool> discard_body();
  awaitable<void> refuse(Rejection why);
  awaitable<void> linger();
  awaitable<Result<std::size_t>> fill(std::size_t bytes_max);
  Parsed<void> fill_in(Request& request);
  std::string_view unread() const { return std::string_view(input_).substr(input_begin_); }
  void consume(std::size_t n);

  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<Stream> stream_;
  std::string peer_;
  std::uint64_t id_;
  std::string input_;
  std::size_t input_begin_ = 0;
  std::optional<RequestParser> parser_;
  std::optional<Rejection> body_failure_;
  bool continue_owed_ = false;
  bool body_asked_for_ = false;
  std::uint64_t requests_ = 0;
  bool idle_ = true;
};

}  // namespace ringfence::http
