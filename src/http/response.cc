// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>

#include "http/connection.h"
#include "http/message_writer.h"

namespace ringfence::http {
namespace {

// The parts of a message's framing are the server's to say.
constexpr std::string_view kOurs[] = {"connection",        "keep-alive", "proxy-connection",
                                      "transfer-encoding", "trailer",    "upgrade"};

}  // namespace

awaitable<Result<std::string>> Request::body() { return body(connection_.limits().body_bytes_max); }
awaitable<Result<std::string>> Request::body(std::size_t bytes_max) {
  return connection_.read_body(bytes_max);
}
awaitable<void> Request::wait_peer_closed() { return connection_.stream().wait_peer_closed(); }
awaitable<void> Response::wait_peer_closed() { return connection_.stream().wait_peer_closed(); }

// Decides the framing and gives the head's bytes. Leaves the response fresh on an error.
Result<std::string> Response::write_head(int status, Headers headers) {
  if (phase_ != Phase::fresh) return fail(ErrorCode::internal, "The request is answered already.");
  if (headers.has_token("connection", "close") || connection_.draining()) keep_alive_ = false;
  for (const std::string_view name : kOurs) headers.remove(name);
  const auto length = headers.find("content-length");
  Framing framing = Framing::chunked;
  std::uint64_t left = 0;
  if (length) {
    framing = Framing::length;
    const auto end = length->data() + length->size();
    const auto read = std::from_chars(length->data(), end, left);
    if (read.ec != std::errc() || read.ptr != end || headers.count("content-length") > 1) {
      return invalid("It is not a number.", "content-length");
    }
  } else if (version_minor_ == 0) {
    framing = Framing::until_close;
    keep_alive_ = false;
  }
  if (status == 204 || status == 304) {
    framing = Framing::none;
    if (status == 204) headers.remove("content-length");
  } else if (framing == Framing::chunked) {
    headers.add("transfer-encoding", "chunked");
  }
  if (to_head_) framing = Framing::none;
  if (!keep_alive_) headers.add("connection", "close");
  if (keep_alive_ && version_minor_ == 0) headers.add("connection", "keep-alive");
  auto head = write_response_head(status, headers);
  if (!head) return head;
  framing_ = framing;
  left_ = left;
  status_ = status;
  phase_ = Phase::streaming;
  return head;
}

awaitable<Result<void>> Response::write_pieces(std::span<const std::string_view> pieces) {
  auto written = co_await connection_.stream().write_all(pieces);
  if (!written) abort();
  co_return written;
}

awaitable<Result<void>> Response::send(int status, Headers headers, std::string body) {
  headers.set("content-length", std::to_string(body.size()));
  const auto head = write_head(status, std::move(headers));
  if (!head) co_return std::unexpected(head.error());
  std::array<std::string_view, 2> pieces{*head, {}};
  if (framing_ == Framing::length) pieces[1] = body;
  auto written = co_await write_pieces(pieces);
  if (written) phase_ = Phase::done;
  co_return written;
}

awaitable<Result<void>> Response::send_problem(int status, std::string detail) {
  Headers headers;
  headers.add("content-type", std::string(kProblemType));
  std::string body = problem_body(status, detail);
  co_return co_await send(status, std::move(headers), std::move(body));
}

awaitable<Result<void>> Response::start(int status, Headers headers) {
  const auto head = write_head(status, std::move(headers));
  if (!head) co_return std::unexpected(head.error());
  const std::string_view piece = *head;
  co_return co_await write_pieces(std::span(&piece, 1));
}

awaitable<Result<void>> Response::write(std::string_view bytes) {
  if (phase_ != Phase::streaming) {
    co_return fail(ErrorCode::closed, "The answer is not open for writing.");
  }
  if (bytes.empty() || framing_ == Framing::none) co_return Result<void>();
  if (framing_ == Framing::length && bytes.size() > left_) {
    abort();
    co_return fail(ErrorCode::internal, "More was written than the Content-Length says.");
  }
  if (framing_ == Framing::chunked) {
    const ChunkFrame frame(bytes.size());
    const std::array<std::string_view, 3> pieces{frame.text(), bytes, kCrlf};
    co_return co_await write_pieces(pieces);
  }
  left_ -= framing_ == Framing::length ? bytes.size() : 0;
  co_return co_await write_pieces(std::span(&bytes, 1));
}

awaitable<Result<void>> Response::finish() {
  if (phase_ != Phase::streaming) {
    co_return fail(ErrorCode::closed, "The answer is not open for writing.");
  }
  if (framing_ == Framing::length && left_ > 0) {
    abort();
    co_return fail(ErrorCode::internal, "Less was written than the Content-Length says.");
  }
  Result<void> written;
  if (framing_ == Framing::chunked) written = co_await write_pieces(std::span(&kLastChunk, 1));
  if (written) phase_ = Phase::done;
  co_return written;
}

void Response::abort() {
  phase_ = Phase::broken;
  connection_.stream().close();
}

}  // namespace ringfence::http
