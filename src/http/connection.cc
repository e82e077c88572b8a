// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <typeinfo>

#include "base/log.h"
#include "http/message_writer.h"
#include "http/tls.h"

namespace ringfence::http {
namespace {

constexpr std::size_t kHeadReadBytes = 8 * 1024;
constexpr std::size_t kBodyReadBytes = 64 * 1024;

std::optional<PeerProcess> peer_process(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return PeerProcess{credentials.pid, credentials.uid};
}

// Path and query of a target: origin-form, absolute-form, "*", or authority-form for CONNECT.
Parsed<void> split_target(Request& request) {
  std::string_view rest = request.target;
  if (request.method == "CONNECT") return {};
  if (rest == "*" && request.method == "OPTIONS") {
    request.path = "*";
    return {};
  }
  if (!rest.starts_with('/')) {
    const std::size_t scheme_end = rest.find("://");
    if (scheme_end == std::string_view::npos) {
      return std::unexpected(Rejection{400, "The target is neither a path nor a URL."});
    }
    const std::string_view scheme = rest.substr(0, scheme_end);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
      return std::unexpected(Rejection{400, "The target's scheme is neither http nor https."});
    }
    rest.remove_prefix(scheme_end + 3);
    rest.remove_prefix(std::min(rest.find_first_of("/?"), rest.size()));
  }
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  request.path = rest.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  if (mark < rest.size()) request.query = rest.substr(mark + 1);
  return {};
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, std::unique_ptr<Stream> stream,
                       std::string peer, const std::shared_ptr<const TlsContext>& tls)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      id_(core_->next_connection_id++) {
  if (tls) stream_ = make_tls_server(std::move(stream_), tls);
  stream_->write_stall(limits().write_stall);
}

Connection::~Connection() {
  core_->connections.erase(id_);
  if (core_->connections.empty()) core_->emptied.cancel();
}

awaitable<void> Connection::run() {
  stream_->expires_after(limits().head_time);
  const auto secured = co_await stream_->handshake();
  bool keep = secured.has_value();
  while (keep) keep = co_await serve_one();
  stream_->close();
}

// True when the connection may carry another request.
awaitable<bool> Connection::serve_one() {
  if (!co_await wait_for_request()) co_return false;
  parser_.emplace(limits().message);
  body_failure_.reset();
  body_asked_for_ = false;
  const auto got = co_await read_head();
  if (!got) {
    co_await refuse(got.error());
    co_return false;
  }
  if (!*got) co_return false;
  ++core_->requests_served;
  ++requests_;

  Request request(*this);
  if (const auto filled = fill_in(request); !filled) {
    co_await refuse(filled.error());
    co_return false;
  }
  const bool may_keep = parser_->message().keep_alive;
  Response response(*this);
  response.to_head_ = request.method == "HEAD";
  response.version_minor_ = request.version_minor;
  response.keep_alive_ =
      may_keep && !core_->draining && requests_ < limits().requests_per_connection_max;
  stream_->expires_never();
  co_await handle(request, response);
  if (!stream_->is_open() || response.phase_ != Response::Phase::done) co_return false;
  const bool body_done = co_await discard_body();
  if (response.keep_alive_ && body_done) co_return true;
  co_await linger();
  co_return false;
}

// Until a request's first byte is there. Holds no memory for input meanwhile.
awaitable<bool> Connection::wait_for_request() {
  bool blank_line_skipped = false;
  const Duration time_max = requests_ == 0 ? limits().head_time : limits().idle_time;
  for (;;) {
    if (!blank_line_skipped && unread().starts_with(kCrlf)) {  // RFC 9112, section 2.2
      consume(kCrlf.size());
      blank_line_skipped = true;
    }
    if (!unread().empty() && unread() != "\r") break;
    if (core_->draining) co_return false;
    if (unread().empty()) {
      input_ = {};
      input_begin_ = 0;
    }
    idle_ = true;
    stream_->expires_after(time_max);
    const auto ready = co_await stream_->wait_readable();
    idle_ = false;
    if (!ready) co_return false;
    const auto got = co_await fill(kHeadReadBytes);
    if (!got || *got == 0) co_return false;
  }
  co_return true;
}

// False: the client left, or was too slow, before its head was complete.
awaitable<Parsed<bool>> Connection::read_head() {
  stream_->expires_after(limits().head_time);
  for (;;) {
    const auto size = parser_->head(unread());
    if (!size) co_return std::unexpected(size.error());
    if (*size > 0) {
      consume(*size);
      co_return true;
    }
    const auto got = co_await fill(kHeadReadBytes);
    if (!got || *got == 0) co_return false;
  }
}

Parsed<void> Connection::fill_in(Request& request) {
  RequestHead& head = parser_->message();
  continue_owed_ = head.expects_continue;
  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.version_minor = head.version_minor;
  request.peer = peer_;
  if (peer_ == "unix") request.peer_process = peer_process(stream_->native_handle());
  request.secure = stream_->secure();
  request.connection_id = id_;
  return split_target(request);
}

awaitable<void> Connection::handle(Request& request, Response& response) {
  std::string threw;
  try {
    co_await core_->handler(request, response);
  } catch (const std::exception& failure) {
    threw = typeid(failure).name();  // not what(): it may quote what a client sent
  } catch (...) {
    threw = "something that is no std::exception";
  }
  if (!threw.empty() && stream_->is_open()) {
    log_error("http: a handler threw " + threw + "; its request was answered 500 or cut");
  }
  co_await settle_response(response, !threw.empty());
}

awaitable<void> Connection::settle_response(Response& response, bool threw) {
  if (response.phase_ == Response::Phase::streaming) {
    if (!threw) log_error("http: a handler left its answer unfinished; the connection was cut");
    response.abort();
  }
  if (response.phase_ != Response::Phase::fresh || !stream_->is_open()) co_return;
  Rejection why{500, "The request could not be handled."};
  if (body_failure_ && !threw) why = *body_failure_;
  response.close_after();
  co_await response.send_problem(why.status, std::move(why.detail));
}

awaitable<Result<std::string>> Connection::read_body(std::size_t bytes_max) {
  const auto failed = [this](ErrorCode code, Rejection why) {
    body_failure_ = why;
    return std::unexpected(Error{code, std::move(why.detail), {}});
  };
  bytes_max = std::min(bytes_max, limits().body_bytes_max);
  if (body_asked_for_) co_return fail(ErrorCode::internal, "The body was asked for twice.");
  body_asked_for_ = true;
  std::string body;
  const auto length = parser_->message().content_length;
  if (length && *length > bytes_max) {
    co_return failed(ErrorCode::too_large, {413, "The body is too large."});
  }
  if (length) body.reserve(static_cast<std::size_t>(*length));
  if (continue_owed_) {
    continue_owed_ = false;
    const auto sent = co_await stream_->write_all(kContinue);
    if (!sent) co_return std::unexpected(sent.error());
  }
  while (!parser_->done()) {
    const auto piece = parser_->body(unread());
    if (!piece) co_return failed(ErrorCode::invalid, piece.error());
    if (body.size() + piece->data.size() > bytes_max) {
      co_return failed(ErrorCode::too_large, {413, "The body is too large."});
    }
    body.append(piece->data);
    consume(piece->consumed);
    if (piece->done || piece->consumed > 0) continue;
    stream_->expires_after(limits().body_stall);
    const auto got = co_await fill(kBodyReadBytes);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return failed(ErrorCode::closed, {400, "The body ended before its end."});
  }
  stream_->expires_never();
  co_return body;
}

// Reads what the handler did not, if that is little. True when the next request can follow.
awaitable<bool> Connection::discard_body() {
  if (parser_->done()) co_return true;
  if (body_failure_ || continue_owed_) co_return false;
  stream_->expires_after(limits().body_stall);
  std::size_t discarded = 0;
  while (!parser_->done()) {
    const auto piece = parser_->body(unread());
    if (!piece) co_return false;
    discarded += piece->consumed;
    consume(piece->consumed);
    if (piece->done || piece->consumed > 0) continue;
    if (discarded > limits().discard_bytes_max) co_return false;
    const auto got = co_await fill(kBodyReadBytes);
    if (!got || *got == 0) co_return false;
  }
  co_return true;
}

awaitable<void> Connection::refuse(Rejection why) {
  Response response(*this);
  co_await response.send_problem(why.status, std::move(why.detail));
  co_await linger();
}

// Closing with unread input makes the kernel send a reset, which can take the answer from the
// client's hands: first say that we are done, then read on for a while.
awaitable<void> Connection::linger() {
  stream_->expires_after(limits().linger_time);
  co_await stream_->shutdown();
  const bool all_read = parser_->done() && unread().empty();
  if (all_read && stream_->peer_state() != PeerState::data) co_return;
  std::size_t discarded = 0;
  while (discarded <= limits().discard_bytes_max) {
    input_.clear();
    input_begin_ = 0;
    const auto got = co_await fill(kHeadReadBytes);
    if (!got || *got == 0) co_return;
    discarded += *got;
  }
}

awaitable<Result<std::size_t>> Connection::fill(std::size_t bytes_max) {
  if (input_begin_ > 0) {
    input_.erase(0, input_begin_);
    input_begin_ = 0;
  }
  const std::size_t held = input_.size();
  // What is read into need not be cleared before.
  input_.resize_and_overwrite(held + bytes_max, [](char*, std::size_t size) { return size; });
  auto got = co_await stream_->read_some(std::span(input_).subspan(held));
  input_.resize(held + (got ? *got : 0));
  co_return got;
}

void Connection::consume(std::size_t n) { input_begin_ += n; }

}  // namespace ringfence::http
