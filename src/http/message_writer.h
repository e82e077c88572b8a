// SPDX-License-Identifier: Apache-2.0
// Message heads and chunk frames as bytes (RFC 9112), and the problem bodies of RFC 9457.
//
// Contract: sans-I/O. Names and values are checked here, so that no caller's data can start a line
// of its own on a wire. Errors: `invalid`, naming the header.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/headers.h"

namespace ringfence::http {

// "OK", "Not Found"; "Unknown" for what is not in the registry.
std::string_view reason_phrase(int status);

Result<std::string> write_request_head(std::string_view method, std::string_view target,
                                       const Headers& headers);
Result<std::string> write_response_head(int status, const Headers& headers);

// What stands before a chunk's data; after it comes kCrlf. The last chunk is kLastChunk.
class ChunkFrame {
 public:
  explicit ChunkFrame(std::size_t size);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 20> text_{};
  std::size_t size_ = 0;
};
inline constexpr std::string_view kCrlf = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

inline constexpr std::string_view kProblemType = "application/problem+json";
// {"type":"about:blank","title":<phrase>,"status":<status>,"detail":<detail>}
std::string problem_body(int status, std::string_view detail);

}  // namespace ringfence::http
