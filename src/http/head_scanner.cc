// SPDX-License-Identifier: Apache-2.0
#include "http/head_scanner.h"

#include <algorithm>

namespace ringfence::http {
namespace {

std::unexpected<Rejection> reject(int status, const char* detail) {
  return std::unexpected(Rejection{status, detail});
}

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

Parsed<std::size_t> HeadScanner::scan(std::string_view in) {
  for (; position_ < in.size(); ++position_) {
    skip_plain(in);
    if (position_ == in.size()) break;
    const char c = in[position_];
    const bool after_cr = position_ > line_start_ && in[position_ - 1] == '\r';
    if (c == '\n') {
      if (!after_cr) return reject(400, "A line of the head ends in LF without CR.");
      const auto last = end_line(in.substr(line_start_, position_ - 1 - line_start_));
      if (!last) return std::unexpected(last.error());
      if (*last) return position_ + 1;
      line_start_ = position_ + 1;
      continue;
    }
    if (after_cr) return reject(400, "The head holds a CR that does not end a line.");
    if (c != '\r' && is_forbidden(c)) return reject(400, "The head holds a control byte.");
    if (lines_ == 0 && position_ >= limits_.start_line_bytes_max) {
      return reject(414, "The request line is too long.");
    }
    if (position_ >= limits_.head_bytes_max) return reject(431, "The headers are too long.");
  }
  return std::size_t{0};
}

// To the next byte that needs a look: what ends a line, what is forbidden, where a limit stands.
// Nearly all bytes of a head need none.
void HeadScanner::skip_plain(std::string_view in) {
  if (position_ > line_start_ && in[position_ - 1] == '\r') return;
  std::size_t end = std::min(in.size(), limits_.head_bytes_max);
  if (lines_ == 0) end = std::min(end, limits_.start_line_bytes_max);
  while (position_ < end && !is_forbidden(in[position_])) ++position_;
}

// True at the empty line that ends the head.
Parsed<bool> HeadScanner::end_line(std::string_view line) {
  if (lines_ == 0 && line.empty()) return reject(400, "The start line is empty.");
  if (line.empty()) return true;
  if (line.front() == ' ' || line.front() == '\t') {
    return reject(400, "A line of the head begins with a blank: folded headers are not accepted.");
  }
  if (++lines_ > limits_.fields_max + 1) return reject(431, "There are too many headers.");
  return false;
}

}  // namespace ringfence::http
