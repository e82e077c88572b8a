// SPDX-License-Identifier: Apache-2.0
// AnswerReader: one HTTP/1.1 answer, as its bytes come.
//
// Contract: `take` gets what arrived and says whether the answer is whole; sized, chunked (event
// streams too) or no body. Keeps the body, decoded, up to kBodyKept bytes; counts all of it.
// Not a validator: what breaks its few rules is `broken`, trailers are skipped, 1xx is not
// expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringfence::bench {

class AnswerReader {
 public:
  enum class State { more, whole, broken };
  static constexpr std::size_t kBodyKept = 1 << 20;

  // For the next answer; keeps the memory of the last.
  void restart();
  State take(std::string_view bytes);

  int status() const { return status_; }
  bool closes() const { return closes_; }  // the server ends the connection after it
  const std::string& body() const { return body_; }
  std::size_t body_bytes() const { return body_bytes_; }

 private:
  enum class Part { head, sized, chunk_size, chunk, chunk_end, trailer, done };

  bool read_head(std::string_view head);
  State take_body(std::string_view bytes);
  bool read_line(std::string_view& bytes);
  bool line_is_done();
  void keep(std::string_view& bytes);

  Part part_ = Part::head;
  std::string head_, line_, body_;
  std::size_t left_ = 0;  // of a sized body, or of a chunk
  std::size_t body_bytes_ = 0;
  int status_ = 0;
  bool closes_ = false;
};

}  // namespace ringfence::bench
