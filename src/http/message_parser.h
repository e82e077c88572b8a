// SPDX-License-Identifier: Apache-2.0
// RequestParser and ResponseParser: bytes to HTTP/1 messages (RFC 9112), strictly.
//
// Contract: sans-I/O. First `head` until it returns a size, then `body` until `done`. Views in a
// piece point into the bytes that were passed. Trailers are checked and dropped. After a rejection
// the parser is finished. Refused beyond what HeadScanner refuses: Content-Length together with
// Transfer-Encoding, several Content-Lengths, any transfer coding but one `chunked`, none or
// several Hosts in an HTTP/1.1 request, a target that is not printable ASCII.
//
// Limitations: HTTP/1.0 and 1.1 only. Beast's parser does the parsing; it stays in the .cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_scanner.h"
#include "http/headers.h"

namespace ringfence::http {

struct RequestHead {
  std::string method;
  std::string target;
  int version_minor = 1;
  Headers headers;
  bool keep_alive = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;  // absent when chunked or without a body
};

struct ResponseHead {
  int status = 0;
  std::string reason;
  int version_minor = 1;
  Headers headers;
  bool keep_alive = false;
  std::optional<std::uint64_t> content_length;
};

struct BodyPiece {
  std::size_t consumed =
      0;  // bytes of the input that are done with; 0 with no data: more is needed
  std::string_view data;
  bool done = false;
};

class RequestParser {
 public:
  explicit RequestParser(const MessageLimits& limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  Parsed<std::size_t> head(std::string_view in);
  RequestHead& message();
  Parsed<BodyPiece> body(std::string_view in);
  bool done() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class ResponseParser {
 public:
  // `to_head`: the request was a HEAD, so there is no body whatever the fields say.
  ResponseParser(const MessageLimits& limits, bool to_head);
  ~ResponseParser();
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;

  Parsed<std::size_t> head(std::string_view in);
  ResponseHead& message();
  Parsed<BodyPiece> body(std::string_view in);
  // The peer ended its stream in order: the end of a body without a length, else a truncation.
  Parsed<void> end_of_stream();
  bool done() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringfence::http
