// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "http/connector.h"
#include "http/kept_connections.h"
#include "http/message_writer.h"
#include "http/wait.h"

namespace ringfence::http {

struct ClientCore {
  explicit ClientCore(ClientLimits with)
      : limits(std::move(with)),
        kept({limits.idle_time, limits.idle_per_origin_max, limits.idle_max}) {}

  ClientLimits limits;
  std::shared_ptr<const TlsContext> system_tls;
  KeptConnections kept;
  std::uint64_t made = 0;
};

// A request's bytes, held until they are sent or given up, and whether all went.
struct Sending {
  std::shared_ptr<const std::string> head;
  std::shared_ptr<const std::string> body;
  std::array<std::string_view, 2> pieces;
  bool complete = false;
};

// Bytes that nobody has written before a read fills them: zeroing 16 KiB for each answer would cost
// more than reading most of them.
class ReadBuffer {
 public:
  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  // Keeps what there is.
  void grow(std::size_t size) {
    auto bytes = std::make_unique_for_overwrite<char[]>(size);
    std::copy_n(bytes_.get(), size_, bytes.get());
    bytes_ = std::move(bytes);
    size_ = size;
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

// One exchange on one connection.
struct ClientConnection {
  ConnectionKey key;
  std::unique_ptr<Stream> stream;
  std::weak_ptr<ClientCore> home;
  bool reused = false;
  std::uint64_t sent_before = 0;
  std::shared_ptr<Sending> sending;
  ReadBuffer buffer;
  std::size_t begin = 0;  // bytes read and not yet given on: [begin, end)
  std::size_t end = 0;
  bool received_any = false;
  std::optional<ResponseParser> parser;
  std::shared_ptr<CutSwitch> cut_switch;

  std::string_view unread() const { return {buffer.data() + begin, end - begin}; }
  bool sent_any() const { return stream->bytes_sent() > sent_before; }

  ClientConnection() = default;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;
  ~ClientConnection() { let_go(); }
  // The stream is no longer the call's.
  void let_go();
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
    char* const bytes = connection.buffer.data();
    std::copy(bytes + connection.begin, bytes + connection.end, bytes);
    connection.end -= connection.begin;
    connection.begin = 0;
  }
  if (connection.end == connection.buffer.size()) {
    connection.buffer.grow(connection.buffer.size() * 2);  // a long head; the parser bounds it
  }
  auto got = co_await connection.stream->read_some(
      std::span<char>(connection.buffer.data(), connection.buffer.size()).subspan(connection.end));
  if (got) connection.end += *got;
  connection.received_any = connection.received_any || (got && *got > 0);
  co_return got;
}

awaitable<Result<void>> read_head(ClientConnection& connection, const ClientLimits& limits,
                                  bool to_head) {
  for (int interim = 0; interim <= limits.interim_answers_max; ++interim) {
    connection.parser.emplace(limits.message, to_head);
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
    if (status < 100) co_return invalid("malformed answer: its status is below 100");
  }
  co_return fail(ErrorCode::too_large, "malformed answer: too many interim answers before it");
}

awaitable<void> send(std::shared_ptr<Sending> sending, awaitable<Result<void>> writing) {
  sending->complete = (co_await std::move(writing)).has_value();
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

Client::Client(ClientLimits limits) : core_(std::make_shared<ClientCore>(std::move(limits))) {}
Client::~Client() = default;
std::size_t Client::idle_connections() const { return core_->kept.count(); }
std::uint64_t Client::connections_made() const { return core_->made; }

namespace {

awaitable<Result<std::unique_ptr<Stream>>> open_stream(std::shared_ptr<ClientCore> core, Url url,
                                                       ConnectionKey key) {
  auto stream = co_await connect_to(url, core->limits.connect_time, std::move(key.filter));
  if (!stream) co_return std::unexpected(stream.error());
  (*stream)->write_stall(core->limits.write_stall);
  ++core->made;
  if (!url.secure) co_return stream;
  auto tls = std::move(key.tls);
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
  (*secured)->expires_after(core->limits.connect_time);
  if (auto shaken = co_await (*secured)->handshake(); !shaken) {
    co_return std::unexpected(shaken.error());
  }
  co_return secured;
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// What says where the request ends, and for how long the connection lives, is ours to say.
bool is_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {"host",       "content-length", "transfer-encoding",
                                        "connection", "keep-alive",     "proxy-connection",
                                        "expect",     "trailer",        "upgrade",
                                        "te"};
  return std::any_of(std::begin(kOurs), std::end(kOurs),
                     [name](std::string_view ours) { return equal_ignoring_case(name, ours); });
}

Result<std::string> head_of(const ClientRequest& request) {
  Headers headers;
  headers.add("Host", request.url.authority());
  for (const auto& field : request.headers) {
    if (!is_ours(field.name)) headers.add(field.name, field.value);
  }
  if (!request.body.empty() || !is_safe(request.method)) {
    headers.add("Content-Length", std::to_string(request.body.size()));
  }
  return write_request_head(request.method, request.url.target, headers);
}

awaitable<Result<std::unique_ptr<ClientConnection>>> get_connection(
    std::shared_ptr<ClientCore> core, Url url, ConnectionKey key, bool may_be_kept) {
  auto connection = std::make_unique<ClientConnection>();
  connection->key = key;
  connection->home = core;
  if (may_be_kept) connection->stream = core->kept.take(connection->key);
  connection->reused = connection->stream != nullptr;
  if (!connection->reused) {
    auto opened = co_await open_stream(core, std::move(url), std::move(key));
    if (!opened) co_return std::unexpected(opened.error());
    connection->stream = *std::move(opened);
  }
  connection->buffer.grow(core->limits.read_buffer_bytes);
  connection->sent_before = connection->stream->bytes_sent();
  co_return connection;
}

// Whether a kept connection broke in a way that leaves the request fit to be sent again.
bool may_send_again(const ClientConnection& connection, const Error& error,
                    std::string_view method) {
  return connection.reused && !connection.received_any && error.code == ErrorCode::closed &&
         (is_safe(method) || !connection.sent_any());
}

awaitable<bool> was_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

awaitable<std::expected<ClientResponse, RequestFailure>> Client::request(ClientRequest request) {
  const std::shared_ptr<ClientCore> core = core_;
  auto head_text = head_of(request);
  if (!head_text) co_return failure(head_text.error(), false);
  const auto head = std::make_shared<const std::string>(*std::move(head_text));
  const auto body = std::make_shared<const std::string>(std::move(request.body));
  const auto is_cut = [&] { return request.cut_switch && request.cut_switch->is_cut(); };
  for (bool first = true;; first = false) {
    ConnectionKey key{request.url.origin(), request.tls, request.filter};
    auto got = co_await get_connection(core, request.url, std::move(key), first);
    if (!got) co_return failure(got.error(), false);
    std::unique_ptr<ClientConnection> connection = *std::move(got);
    if (is_cut()) co_return failure({ErrorCode::closed, "the call was cut", {}}, false);
    Stream& stream = *connection->stream;
    connection->cut_switch = request.cut_switch;
    if (request.cut_switch) request.cut_switch->stream_ = &stream;
    stream.expires_after(request.head_time);
    const auto sending = std::make_shared<Sending>();
    sending->head = head;
    sending->body = body;
    sending->pieces = {*head, *body};
    connection->sending = sending;
    start(stream.executor(), send(sending, stream.write_all(sending->pieces)));
    const auto read = co_await read_head(*connection, core->limits, request.method == "HEAD");
    if (read) {
      stream.expires_never();
      ClientResponse response(std::move(connection));
      if (response.complete()) response.give_back();
      co_return response;
    }
    const bool again = first && may_send_again(*connection, read.error(), request.method);
    const bool sent = connection->sent_any();
    stream.close();
    if (!again || is_cut() || co_await was_cancelled()) co_return failure(read.error(), sent);
  }
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
  if (!connection_->stream) return;
  const bool fit = core && connection_->parser->message().keep_alive &&
                   connection_->sending->complete && connection_->unread().empty();
  connection_->let_go();
  if (fit) core->kept.keep(connection_->key, std::move(connection_->stream));
  if (!fit) connection_->stream->close();
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
    connection.stream->expires_never();  // while nobody reads, nothing is late
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
