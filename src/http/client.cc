// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <boost/asio/this_coro.hpp>
#include <deque>
#include <map>
#include <vector>

#include "base/clock.h"
#include "base/ensure.h"
#include "http/connector.h"
#include "http/message_writer.h"
#include "http/tls.h"

namespace ringfence::http {

struct ClientConnection {
  std::string origin;
  std::unique_ptr<Stream> stream;
  std::weak_ptr<ClientCore> home;
  std::vector<char> buffer;
  std::size_t begin = 0;  // bytes read and not yet given on: [begin, end)
  std::size_t end = 0;
  std::optional<ResponseParser> parser;
  bool keep_alive = false;
  Duration idle_since;
  std::shared_ptr<CutSwitch> cut_switch;

  std::string_view unread() const { return {buffer.data() + begin, end - begin}; }

  ClientConnection() = default;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;
  ~ClientConnection() { let_go(); }
  // The stream is no longer the call's.
  void let_go();
};

struct ClientCore {
  ClientLimits limits;
  std::shared_ptr<const TlsContext> system_tls;
  std::map<std::string, std::deque<std::unique_ptr<ClientConnection>>> idle;
  std::size_t idle_count = 0;
  std::uint64_t made = 0;

  // A kept connection that is still as we left it.
  std::unique_ptr<ClientConnection> take(const std::string& origin) {
    const auto kept = idle.find(origin);
    if (kept == idle.end()) return nullptr;
    const Duration now = SystemClock::read().monotonic;
    while (!kept->second.empty()) {
      std::unique_ptr<ClientConnection> connection = std::move(kept->second.back());
      kept->second.pop_back();
      --idle_count;
      const bool fresh = now < connection->idle_since + limits.idle_time;
      if (fresh && connection->stream->peer_state() == PeerState::quiet) return connection;
    }
    idle.erase(kept);
    return nullptr;
  }

  void keep(std::unique_ptr<ClientConnection> connection) {
    auto& kept = idle[connection->origin];
    if (kept.size() >= limits.idle_per_origin_max) {
      kept.pop_front();
      --idle_count;
    }
    connection->idle_since = SystemClock::read().monotonic;
    connection->stream->expires_never();
    kept.push_back(std::move(connection));
    ++idle_count;
  }
};

namespace {

std::unexpected<RequestFailure> failure(Error error, bool sent) {
  return std::unexpected(RequestFailure{std::move(error), sent});
}

Error closed_early() { return {ErrorCode::closed, "the connection ended before the answer", {}}; }

Error refused(const Rejection& rejection) {
  return {ErrorCode::invalid, "malformed answer: " + rejection.detail, {}};
}

// Reads more into the connection's buffer. 0: the peer's orderly end.
awaitable<Result<std::size_t>> fill(ClientConnection& connection) {
  if (connection.begin == connection.end) connection.begin = connection.end = 0;
  if (connection.end == connection.buffer.size() && connection.begin > 0) {
    std::copy(connection.buffer.begin() + static_cast<std::ptrdiff_t>(connection.begin),
              connection.buffer.begin() + static_cast<std::ptrdiff_t>(connection.end),
              connection.buffer.begin());
    connection.end -= connection.begin;
    connection.begin = 0;
  }
  if (connection.end == connection.buffer.size()) {
    connection.buffer.resize(connection.buffer.size() * 2);  // a long head; the parser bounds it
  }
  auto got = co_await connection.stream->read_some(
      std::span<char>(connection.buffer).subspan(connection.end));
  if (got) connection.end += *got;
  co_return got;
}

awaitable<Result<void>> read_head(ClientConnection& connection, const MessageLimits& limits,
                                  bool to_head) {
  for (;;) {
    connection.parser.emplace(limits, to_head);
    for (;;) {
      const auto size = connection.parser->head(connection.unread());
      if (!size) co_return std::unexpected(refused(size.error()));
      if (*size > 0) {
        connection.begin += *size;
        break;
      }
      const auto got = co_await fill(connection);
      if (!got) co_return std::unexpected(got.error());
      if (*got == 0) co_return std::unexpected(closed_early());
    }
    // Interim answers (100 Continue, 103) come before the real one; 101 was never asked for.
    const int status = connection.parser->message().status;
    if (status >= 200) co_return Result<void>{};
    if (status == 101) co_return invalid("malformed answer: an upgrade nobody asked for");
  }
}

}  // namespace

// ---- Client

void ClientConnection::let_go() {
  if (cut_switch) cut_switch->stream_ = nullptr;
  cut_switch.reset();
}

void CutSwitch::cut() {
  cut_ = true;
  if (stream_ != nullptr) stream_->close();
}

Client::Client(ClientLimits limits) : core_(std::make_shared<ClientCore>()) {
  core_->limits = std::move(limits);
}
Client::~Client() = default;
std::size_t Client::idle_connections() const { return core_->idle_count; }
std::uint64_t Client::connections_made() const { return core_->made; }

namespace {

awaitable<Result<std::unique_ptr<ClientConnection>>> open_connection(
    std::shared_ptr<ClientCore> core, Url url, std::shared_ptr<const TlsContext> tls,
    std::string origin) {
  auto stream = co_await connect_to(url, core->limits.connect_time);
  if (!stream) co_return std::unexpected(stream.error());
  if (url.secure) {
    if (!tls) {
      if (!core->system_tls) {
        auto made = TlsContext::client({});
        if (!made) co_return std::unexpected(made.error());
        core->system_tls = *made;
      }
      tls = core->system_tls;
    }
    auto secured = make_tls_client(*std::move(stream), tls, url.host);
    if (!secured) co_return std::unexpected(secured.error());
    stream = *std::move(secured);
    (*stream)->expires_after(core->limits.connect_time);
    if (auto shaken = co_await (*stream)->handshake(); !shaken) {
      co_return std::unexpected(shaken.error());
    }
  }
  auto connection = std::make_unique<ClientConnection>();
  connection->origin = std::move(origin);
  connection->stream = *std::move(stream);
  connection->home = core;
  connection->buffer.resize(core->limits.read_buffer_bytes);
  ++core->made;
  co_return connection;
}

Result<std::string> head_of(const ClientRequest& request) {
  Headers headers;
  headers.add("Host", request.url.authority());
  for (const auto& field : request.headers) {
    if (!equal_ignoring_case(field.name, "host") &&
        !equal_ignoring_case(field.name, "content-length")) {
      headers.add(field.name, field.value);
    }
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    headers.add("Content-Length", std::to_string(request.body.size()));
  }
  return write_request_head(request.method, request.url.target, headers);
}

}  // namespace

awaitable<std::expected<ClientResponse, RequestFailure>> Client::request(ClientRequest request) {
  const std::shared_ptr<ClientCore> core = core_;
  const auto head = head_of(request);
  if (!head) co_return failure(head.error(), false);
  std::string origin = request.url.origin();
  // Connections verified by other authorities are not shared.
  if (request.tls)
    origin += "#" + std::to_string(reinterpret_cast<std::uintptr_t>(request.tls.get()));

  std::unique_ptr<ClientConnection> connection = core->take(origin);
  if (!connection) {
    auto opened = co_await open_connection(core, request.url, request.tls, origin);
    if (!opened) co_return failure(opened.error(), false);
    connection = *std::move(opened);
  }
  Stream& stream = *connection->stream;
  if (request.cut_switch) {
    if (request.cut_switch->is_cut()) {
      co_return failure({ErrorCode::closed, "the call was cut", {}}, false);
    }
    request.cut_switch->stream_ = &stream;
    connection->cut_switch = request.cut_switch;
  }
  stream.expires_after(request.head_time);
  const std::string_view pieces[] = {*head, request.body};
  const std::uint64_t before = stream.bytes_sent();
  if (auto written = co_await stream.write_all(std::span<const std::string_view>(pieces));
      !written) {
    co_return failure(written.error(), stream.bytes_sent() > before);
  }
  auto read = co_await read_head(*connection, core->limits.message, request.method == "HEAD");
  if (!read) co_return failure(read.error(), true);
  connection->keep_alive = connection->parser->message().keep_alive;
  stream.expires_never();
  ClientResponse response(std::move(connection));
  if (response.complete()) response.give_back();
  co_return response;
}

// ---- ClientResponse

ClientResponse::ClientResponse(std::unique_ptr<ClientConnection> connection)
    : connection_(std::move(connection)) {}
ClientResponse::ClientResponse(ClientResponse&&) noexcept = default;
ClientResponse& ClientResponse::operator=(ClientResponse&&) noexcept = default;
ClientResponse::~ClientResponse() {
  if (connection_ && connection_->stream) connection_->stream->close();
}

int ClientResponse::status() const { return connection_->parser->message().status; }
const Headers& ClientResponse::headers() const { return connection_->parser->message().headers; }
bool ClientResponse::complete() const { return connection_->parser->done(); }

void ClientResponse::close() {
  if (connection_->stream) connection_->stream->close();
}

// The head stays readable here; only the connection goes back to where the next request finds it.
void ClientResponse::give_back() {
  const auto core = connection_->home.lock();
  if (!core || !connection_->keep_alive || !connection_->stream) return;
  if (!connection_->unread().empty()) return;  // bytes beyond the answer: not to be trusted
  connection_->let_go();
  auto kept = std::make_unique<ClientConnection>();
  kept->origin = connection_->origin;
  kept->stream = std::move(connection_->stream);
  kept->home = core;
  // The last piece given out points into our buffer: the kept connection gets one of its own.
  kept->buffer.resize(core->limits.read_buffer_bytes);
  core->keep(std::move(kept));
}

awaitable<Result<std::string_view>> ClientResponse::read_some(Duration stall) {
  ClientConnection& connection = *connection_;
  while (!complete()) {
    const auto piece = connection.parser->body(connection.unread());
    if (!piece) {
      close();
      co_return std::unexpected(refused(piece.error()));
    }
    connection.begin += piece->consumed;
    if (complete()) give_back();
    if (!piece->data.empty()) co_return piece->data;
    if (piece->consumed > 0 || complete()) continue;
    connection.stream->expires_after(stall);
    const auto got = co_await fill(connection);
    if (!got) {
      close();
      co_return std::unexpected(got.error());
    }
    if (*got == 0) {
      const auto ended = connection.parser->end_of_stream();
      close();
      if (!ended) co_return fail(ErrorCode::closed, "the answer was cut short");
    }
  }
  co_return std::string_view{};
}

awaitable<Result<std::string>> ClientResponse::read_all(std::size_t bytes_max, Duration stall) {
  std::string body;
  for (;;) {
    const auto piece = co_await read_some(stall);
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return body;
    if (body.size() + piece->size() > bytes_max) {
      close();
      co_return fail(ErrorCode::too_large, "the answer is too long");
    }
    body.append(*piece);
  }
}

}  // namespace ringfence::http
