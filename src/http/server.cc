// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <array>
#include <chrono>

#include "http/connection.h"
#include "http/listener.h"
#include "http/message_writer.h"
#include "http/tls.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr int kAcceptsBeforeYield = 64;
constexpr std::size_t kDiscardBytes = 4 * 1024;

// With every place taken: say so and hang up. Beside the accepting, which waits for nobody, and for
// a bounded number at once, since each costs a descriptor and in TLS a handshake.
awaitable<void> turn_away(std::shared_ptr<ServerCore> core, std::unique_ptr<Stream> stream,
                          std::shared_ptr<const TlsContext> tls) {
  stream->expires_after(core->options.limits.linger_time);
  if (tls) {
    stream = make_tls_server(std::move(stream), tls);
    stream->expires_after(core->options.limits.linger_time);
    if (!co_await stream->handshake()) co_return;
  }
  Headers headers{{"content-type", std::string(kProblemType)}, {"connection", "close"}};
  const std::string body = problem_body(503, "The server has no place for another connection.");
  headers.add("content-length", std::to_string(body.size()));
  const auto head = write_response_head(503, headers);
  const std::string message = head.value_or("") + body;
  if (!co_await stream->write_all(message)) co_return;
  co_await stream->shutdown();
  // A close with unread input would be a reset, which can take the answer from the client's hands.
  std::array<char, kDiscardBytes> discarded{};
  for (std::size_t total = 0; total < core->options.limits.discard_bytes_max;) {
    const auto got = co_await stream->read_some(discarded);
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

void turn_away_beside(const std::shared_ptr<ServerCore>& core, Accepted accepted,
                      const std::shared_ptr<const TlsContext>& tls) {
  if (core->turned_away >= core->options.limits.turned_away_max) return;  // closed by going
  ++core->turned_away;
  const auto stream = std::make_shared<std::unique_ptr<Stream>>(std::move(accepted.stream));
  start(core->executor, [core, stream, tls]() -> awaitable<void> {
    co_await turn_away(core, std::move(*stream), tls);
    --core->turned_away;
  });
}

awaitable<void> accept_all(std::shared_ptr<ServerCore> core, ListenerPtr listener) {
  for (int taken = 1;; ++taken) {
    auto accepted = co_await accept_next(listener);
    if (!accepted) co_return;
    if (core->connections.size() >= core->options.limits.connections_max) {
      turn_away_beside(core, *std::move(accepted), listener->tls);
    } else {
      auto connection = std::make_shared<Connection>(core, std::move(accepted->stream),
                                                     std::move(accepted->peer), listener->tls);
      core->connections.emplace(connection->id(), connection);
      start(core->executor, [connection] { return connection->run(); });
    }
    if (taken % kAcceptsBeforeYield == 0) co_await yield_turn();
  }
}

void accept_on(const std::shared_ptr<ServerCore>& core, const ListenerPtr& listener) {
  core->listeners.push_back(listener);
  start(core->executor, [core, listener] { return accept_all(core, listener); });
}

void stop_listening(ServerCore& core) {
  for (const ListenerPtr& listener : core.listeners) listener->close();
  core.listeners.clear();
}

}  // namespace

ServerCore::ServerCore(const asio::any_io_executor& on, Handler handle, ServerOptions with)
    : executor(on), handler(std::move(handle)), options(std::move(with)), emptied(on) {}

void ServerCore::close_all(bool idle_only) {
  for (const auto& [id, weak] : connections) {
    const auto connection = weak.lock();
    if (connection && (!idle_only || connection->idle())) connection->stream().close();
  }
}

Server::Server(asio::any_io_executor executor, Handler handler, ServerOptions options)
    : core_(std::make_shared<ServerCore>(executor, std::move(handler), std::move(options))) {}

Server::~Server() { stop(); }

Result<void> Server::listen_tcp(const std::string& host, std::uint16_t port) {
  auto listener = listen_on_tcp(core_->executor, host, port);
  if (!listener) return std::unexpected(listener.error());
  (*listener)->tls = core_->options.tls;
  core_->port = (*listener)->port;
  accept_on(core_, *listener);
  return {};
}

Result<void> Server::listen_tcp_plain(const std::string& host, std::uint16_t port) {
  auto listener = listen_on_tcp(core_->executor, host, port);
  if (!listener) return std::unexpected(listener.error());
  core_->port = (*listener)->port;
  accept_on(core_, *listener);
  return {};
}

Result<void> Server::listen_unix(const std::string& path) {
  auto listener = listen_on_unix(core_->executor, path);
  if (!listener) return std::unexpected(listener.error());
  accept_on(core_, *listener);
  return {};
}

std::uint16_t Server::port() const { return core_->port; }
std::size_t Server::connections() const { return core_->connections.size(); }
std::uint64_t Server::requests_served() const { return core_->requests_served; }

awaitable<std::size_t> Server::wind_down(Duration time_max) {
  const std::shared_ptr<ServerCore> core = core_;
  core->draining = true;
  stop_listening(*core);
  core->close_all(true);
  core->emptied.expires_after(std::chrono::microseconds(time_max.us));
  if (!core->connections.empty()) co_await wait_for(core->emptied);
  co_return core->connections.size();
}

awaitable<std::size_t> Server::drain(Duration time_max) {
  const std::shared_ptr<ServerCore> core = core_;
  const std::size_t cut = co_await wind_down(time_max);
  core->close_all(false);
  co_return cut;
}

void Server::stop() {
  core_->draining = true;
  stop_listening(*core_);
  core_->close_all(false);
}

}  // namespace ringfence::http
