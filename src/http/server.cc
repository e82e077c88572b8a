// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <chrono>

#include "http/connection.h"
#include "http/listener.h"
#include "http/message_writer.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr int kAcceptsBeforeYield = 64;

// With every place taken: say so and hang up, without a coroutine and without waiting.
awaitable<void> turn_away(std::unique_ptr<Stream> stream, bool in_tls) {
  if (in_tls) co_return;  // a handshake is work we do not take on
  Headers headers{{"content-type", std::string(kProblemType)}, {"connection", "close"}};
  const std::string body = problem_body(503, "The server has no place for another connection.");
  headers.add("content-length", std::to_string(body.size()));
  const auto head = write_response_head(503, headers);
  const std::string message = head.value_or("") + body;
  stream->expires_after(Duration::millis(1));
  co_await stream->write_all(message);
  co_await stream->shutdown();
}

awaitable<void> accept_all(std::shared_ptr<ServerCore> core, ListenerPtr listener) {
  for (int taken = 1;; ++taken) {
    auto accepted = co_await accept_next(listener);
    if (!accepted) co_return;
    if (core->connections.size() >= core->options.limits.connections_max) {
      co_await turn_away(std::move(accepted->stream), core->options.tls != nullptr);
      continue;
    }
    auto connection =
        std::make_shared<Connection>(core, std::move(accepted->stream), std::move(accepted->peer));
    core->connections.emplace(connection->id(), connection);
    start(core->executor, [connection] { return connection->run(); });
    connection.reset();
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

awaitable<std::size_t> Server::drain(Duration time_max) {
  const std::shared_ptr<ServerCore> core = core_;
  core->draining = true;
  stop_listening(*core);
  core->close_all(true);
  core->emptied.expires_after(std::chrono::microseconds(time_max.us));
  if (!core->connections.empty()) co_await wait_for(core->emptied);
  const std::size_t cut = core->connections.size();
  core->close_all(false);
  co_return cut;
}

void Server::stop() {
  core_->draining = true;
  stop_listening(*core_);
  core_->close_all(false);
}

}  // namespace ringfence::http
