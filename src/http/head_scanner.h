// SPDX-License-Identifier: Apache-2.0
// HeadScanner: finds the end of a message head in bytes that arrive piecemeal, and refuses at once
// what no head may hold.
//
// It stands before the real parser because that one forgives line folding and counts nothing:
//   head  = line 1*(line) CRLF          line  = 1*(VCHAR / SP / HTAB / obs-text) CRLF
// Bare CR, bare LF, control bytes and folded lines are refused: each is a way to make two servers
// disagree on where a message ends (RFC 9112, sections 2.2, 5.2, 11.2).
//
// Contract: sans-I/O; every call passes all bytes of this head so far, each byte is looked at once.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace ringfence::http {

struct MessageLimits {
  std::size_t head_bytes_max = 64 * 1024;  // start line and fields together; passing it is 431
  std::size_t start_line_bytes_max = 16 * 1024;  // passing it is 414
  std::size_t fields_max = 128;                  // passing it is 431
  std::size_t chunk_line_bytes_max = 8 * 1024;   // a chunk's header line, or all trailers: 400
};

// Why a message is refused: the status a server answers with, and a sentence.
struct Rejection {
  int status = 400;
  std::string detail;
};
template <class T>
using Parsed = std::expected<T, Rejection>;

class HeadScanner {
 public:
  explicit HeadScanner(const MessageLimits& limits) : limits_(limits) {}

  // Size of the head including its empty line once that has come; 0 while more is needed.
  Parsed<std::size_t> scan(std::string_view in);

 private:
  void skip_plain(std::string_view in);
  Parsed<bool> end_line(std::string_view line);

  MessageLimits limits_;
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace ringfence::http
