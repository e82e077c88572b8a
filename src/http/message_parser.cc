// SPDX-License-Identifier: Apache-2.0
#include "http/message_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace ringfence::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastError = beast::http::error;

constexpr std::size_t kLastChunkBytes = 5;  // 0 CRLF CRLF

std::unexpected<Rejection> reject(int status, std::string detail) {
  return std::unexpected(Rejection{status, std::move(detail)});
}

std::unexpected<Rejection> rejection_of(const error_code& ec) {
  if (ec == BeastError::bad_version)
    return reject(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  return reject(400, "Malformed HTTP: " + ec.message() + ".");
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Beast's parser with its callbacks pointed at our plain structs.
template <bool is_request>
class Adapter final : public beast::http::basic_parser<is_request> {
 public:
  using Head = std::conditional_t<is_request, RequestHead, ResponseHead>;
  using string_view = beast::string_view;

  Adapter() {
    this->body_limit(boost::none);  // the caller bounds what it keeps
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadScanner did
  }

  bool awaits_first_chunk() const { return this->chunked() && !chunk_seen_; }

  Head head;
  std::string_view data;  // of the last put

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    if constexpr (is_request) {
      head.method = method;
      head.target = target;
      head.version_minor = version % 10;
      if (!is_printable_ascii(head.target) || head.target.find('#') != std::string::npos) {
        ec = BeastError::bad_target;
      }
    }
  }

  void on_response_impl(int code, string_view reason, int version, error_code&) override {
    if constexpr (!is_request) {
      head.status = code;
      head.reason = reason;
      head.version_minor = version % 10;
    }
  }

  void on_field_impl(beast::http::field, string_view name, string_view value,
                     error_code&) override {
    if (!in_body_) head.headers.add(name, value);
  }

  void on_header_impl(error_code&) override { in_body_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(string_view body, error_code&) override {
    data = {body.data(), body.size()};
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& ec) override {
    chunk_seen_ = true;
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; };
    if (std::any_of(extensions.begin(), extensions.end(), is_control)) {
      ec = BeastError::bad_chunk_extension;
    }
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    data = {body.data(), body.size()};
    return body.size();
  }

  void on_finish_impl(error_code&) override {}

  bool in_body_ = false;
  bool chunk_seen_ = false;
};

// The framing rules on which Beast is more forgiving than we are.
Parsed<void> check_framing(const Headers& headers, int version_minor) {
  const auto lengths = headers.all("content-length");
  const auto codings = headers.all("transfer-encoding");
  if (!codings.empty() && !lengths.empty()) {
    return reject(400, "Content-Length and Transfer-Encoding together are not accepted.");
  }
  if (lengths.size() > 1) return reject(400, "There is more than one Content-Length.");
  if (!lengths.empty()) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(lengths[0].begin(), lengths[0].end(), is_digit)) {
      return reject(400, "Content-Length is not a number.");
    }
  }
  if (codings.empty()) return {};
  if (version_minor == 0) return reject(400, "HTTP/1.0 knows no Transfer-Encoding.");
  if (codings.size() > 1 || !equal_ignoring_case(codings[0], "chunked")) {
    return reject(501, "The only transfer coding accepted is one 'chunked'.");
  }
  return {};
}

template <bool is_request>
struct Core {
  explicit Core(const MessageLimits& message_limits)
      : limits(message_limits), scanner(message_limits) {}

  Parsed<std::size_t> parse_head(std::string_view in) {
    const auto size = scanner.scan(in);
    if (!size || *size == 0) return size;
    error_code ec;
    const std::size_t consumed = adapter.put(boost::asio::const_buffer(in.data(), *size), ec);
    if (ec) return rejection_of(ec);
    if (consumed != *size || !adapter.is_header_done()) return reject(400, "Malformed HTTP.");
    auto& head = adapter.head;
    if (auto framing = check_framing(head.headers, head.version_minor); !framing) {
      return std::unexpected(framing.error());
    }
    head.keep_alive = adapter.keep_alive();
    if (const auto length = adapter.content_length()) head.content_length = *length;
    return *size;
  }

  Parsed<BodyPiece> parse_body(std::string_view in) {
    BodyPiece piece;
    adapter.data = {};
    while (!adapter.is_done() && piece.consumed < in.size() && adapter.data.empty()) {
      const std::string_view rest = in.substr(piece.consumed);
      if (adapter.awaits_first_chunk() && rest.starts_with('0') && rest.size() < kLastChunkBytes) {
        break;  // Beast asserts that nobody asks it about less of a last chunk twice
      }
      error_code ec;
      const std::size_t consumed = adapter.put({rest.data(), rest.size()}, ec);
      piece.consumed += consumed;
      // A step without data is one chunk's header line, or the trailers, whole or not.
      const std::size_t line_bytes = ec == BeastError::need_more ? rest.size() : consumed;
      if (adapter.data.empty() && line_bytes > limits.chunk_line_bytes_max) {
        return reject(400, "A chunk's header line or the trailers are too long.");
      }
      if (ec == BeastError::need_more) break;
      if (ec) return rejection_of(ec);
    }
    piece.data = adapter.data;
    piece.done = adapter.is_done();
    return piece;
  }

  MessageLimits limits;
  HeadScanner scanner;
  Adapter<is_request> adapter;
};

}  // namespace

struct RequestParser::Impl : Core<true> {
  using Core::Core;
};

RequestParser::RequestParser(const MessageLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

Parsed<std::size_t> RequestParser::head(std::string_view in) {
  auto size = impl_->parse_head(in);
  if (!size || *size == 0) return size;
  RequestHead& head = impl_->adapter.head;
  const std::size_t hosts = head.headers.count("host");
  if (hosts > 1 || (hosts == 0 && head.version_minor == 1)) {
    return reject(400, "An HTTP/1.1 request has exactly one Host.");
  }
  if (const auto expect = head.headers.find("expect"); expect && head.version_minor == 1) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      return reject(417, "The only expectation known is 100-continue.");
    }
    head.expects_continue = !done();
  }
  return size;
}

RequestHead& RequestParser::message() { return impl_->adapter.head; }
Parsed<BodyPiece> RequestParser::body(std::string_view in) { return impl_->parse_body(in); }
bool RequestParser::done() const { return impl_->adapter.is_done(); }

struct ResponseParser::Impl : Core<false> {
  using Core::Core;
};

ResponseParser::ResponseParser(const MessageLimits& limits, bool to_head)
    : impl_(std::make_unique<Impl>(limits)) {
  impl_->adapter.skip(to_head);
}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;

Parsed<std::size_t> ResponseParser::head(std::string_view in) { return impl_->parse_head(in); }
ResponseHead& ResponseParser::message() { return impl_->adapter.head; }
Parsed<BodyPiece> ResponseParser::body(std::string_view in) { return impl_->parse_body(in); }
bool ResponseParser::done() const { return impl_->adapter.is_done(); }

Parsed<void> ResponseParser::end_of_stream() {
  if (done()) return {};
  error_code ec;
  impl_->adapter.put_eof(ec);
  if (ec) return reject(502, "The response ended before its end.");
  return {};
}

}  // namespace ringfence::http
