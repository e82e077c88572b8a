// SPDX-License-Identifier: Apache-2.0
// Any bytes as an HTTP request and as an answer: no crash, no message that breaks the framing
// rules, and the same messages wherever the bytes are split.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "http/message_parser.h"

namespace {

using namespace ringfence::http;

constexpr MessageLimits kLimits{.head_bytes_max = 2'000,
                                .start_line_bytes_max = 500,
                                .fields_max = 20,
                                .chunk_line_bytes_max = 200};

void must(bool condition) {
  if (!condition) std::abort();
}

// What the bytes mean, as text; `step` bytes come at a time.
template <class Parser>
std::string read(Parser parser, std::string_view bytes, std::size_t step) {
  std::size_t known = 0;
  std::size_t at = 0;
  while (at == 0) {
    if (known == bytes.size()) return "incomplete head";
    known = std::min(bytes.size(), known + step);
    const auto size = parser.head(bytes.substr(0, known));
    if (!size) return "refused head " + std::to_string(size.error().status);
    at = *size;
  }
  const auto& message = parser.message();
  must(message.headers.size() <= kLimits.fields_max);
  must(message.headers.count("content-length") + message.headers.count("transfer-encoding") <= 1);
  for (const auto& field : message.headers) {
    must(is_valid_header_name(field.name) && is_valid_header_value(field.value));
  }
  std::string body;
  while (!parser.done()) {
    const auto piece = parser.body(bytes.substr(at, known - at));
    if (!piece) return "refused body";
    must(piece->consumed <= known - at && piece->data.size() <= piece->consumed);
    body += piece->data;
    at += piece->consumed;
    if (piece->consumed > 0 || piece->done) continue;
    if (known == bytes.size()) return "incomplete body " + body;
    known = std::min(bytes.size(), known + step);
  }
  return body + " then " + std::string(bytes.substr(at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t step = data[1] + 1U;
  const std::size_t all = bytes.size() + 1;
  if (data[0] % 2 == 0) {
    must(read(RequestParser(kLimits), bytes, all) == read(RequestParser(kLimits), bytes, step));
  } else {
    const bool to_head = data[0] % 4 == 3;
    must(read(ResponseParser(kLimits, to_head), bytes, all) ==
         read(ResponseParser(kLimits, to_head), bytes, step));
  }
  return 0;
}
