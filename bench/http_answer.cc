// SPDX-License-Identifier: Apache-2.0
#include "http_answer.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace ringfence::bench {
namespace {

constexpr std::size_t kHeadMax = 64 * 1024;

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool number(std::string_view text, std::size_t& value, int base) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  return error == std::errc() && stop == end;
}

}  // namespace

void AnswerReader::restart() {
  part_ = Part::head;
  head_.clear();
  line_.clear();
  body_.clear();
  left_ = body_bytes_ = 0;
  status_ = 0;
  closes_ = false;
}

AnswerReader::State AnswerReader::take(std::string_view bytes) {
  if (part_ != Part::head) return take_body(bytes);
  // Nearly always the whole head comes at once: then nothing of it is copied.
  constexpr std::string_view kEnd = "\r\n\r\n";
  if (head_.empty()) {
    if (const std::size_t end = bytes.find(kEnd); end != std::string_view::npos) {
      if (!read_head(bytes.substr(0, end + 2))) return State::broken;
      return take_body(bytes.substr(end + kEnd.size()));
    }
  }
  const std::size_t before = head_.size();
  head_ += bytes;
  const std::size_t end = head_.find(kEnd);
  if (end == std::string::npos) return head_.size() > kHeadMax ? State::broken : State::more;
  if (!read_head(std::string_view(head_).substr(0, end + 2))) return State::broken;
  return take_body(bytes.substr(end + kEnd.size() - before));
}

// `head` ends in CRLF.
bool AnswerReader::read_head(std::string_view head) {
  std::size_t status = 0;
  if (!head.starts_with("HTTP/1.") || head.size() < 12 || !number(head.substr(9, 3), status, 10)) {
    return false;
  }
  status_ = static_cast<int>(status);
  part_ = Part::done;
  for (head.remove_prefix(head.find("\r\n") + 2); !head.empty();) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    if (same(name, "content-length")) {
      if (!number(value, left_, 10)) return false;
      if (left_ > 0) part_ = Part::sized;
    } else if (same(name, "transfer-encoding")) {
      if (!same(value, "chunked")) return false;
      part_ = Part::chunk_size;
    } else if (same(name, "connection")) {
      closes_ = same(value, "close");
    }
  }
  return true;
}

AnswerReader::State AnswerReader::take_body(std::string_view bytes) {
  while (part_ != Part::done) {
    if (bytes.empty()) return State::more;
    if (part_ == Part::sized || part_ == Part::chunk) {
      keep(bytes);
      if (left_ == 0) part_ = part_ == Part::sized ? Part::done : Part::chunk_end;
    } else if (read_line(bytes) && !line_is_done()) {
      return State::broken;
    }
  }
  return bytes.empty() ? State::whole : State::broken;
}

// True when a line is complete, without its end, in line_.
bool AnswerReader::read_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  line_ += bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (end == std::string_view::npos) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

bool AnswerReader::line_is_done() {
  bool good = true;
  if (part_ == Part::chunk_size) {
    good = number(std::string_view(line_).substr(0, line_.find(';')), left_, 16);
    part_ = left_ > 0 ? Part::chunk : Part::trailer;
  } else if (part_ == Part::chunk_end) {
    good = line_.empty();
    part_ = Part::chunk_size;
  } else if (line_.empty()) {
    part_ = Part::done;
  }
  line_.clear();
  return good;
}

void AnswerReader::keep(std::string_view& bytes) {
  const std::size_t now = std::min(left_, bytes.size());
  body_.append(bytes.substr(0, std::min(now, kBodyKept - std::min(kBodyKept, body_.size()))));
  body_bytes_ += now;
  left_ -= now;
  bytes.remove_prefix(now);
}

}  // namespace ringfence::bench
