// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/sse_events.h"

namespace ringfence::llm {

void SseEvents::begin_event() {
  raw_.clear();
  data_.clear();
  line_begin_ = 0;
  has_data_ = false;
  shown_ = false;
}

// Reads the line from line_begin_ to the end of raw_, its line end not included.
void SseEvents::end_line() {
  std::string_view line = std::string_view(raw_).substr(line_begin_);
  if (first_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  first_ = false;
  if (overlong_ || !line.starts_with("data")) return;
  line.remove_prefix(4);
  if (!line.empty() && line.front() != ':') return;
  if (!line.empty()) line.remove_prefix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (has_data_) data_.push_back('\n');
  has_data_ = true;
  data_.append(line);
}

SseEvents::Piece SseEvents::finish() {
  shown_ = true;
  const bool overlong = overlong_;
  overlong_ = false;
  return {raw_, overlong ? std::string_view() : std::string_view(data_), has_data_ && !overlong,
          overlong};
}

bool SseEvents::next(std::string_view& bytes, Piece& piece) {
  if (shown_) begin_event();
  while (!bytes.empty()) {
    // An event is overlong by its size alone, however it was cut on the way.
    if (raw_.size() == event_bytes_max_) {
      overlong_ = true;
      shown_ = true;
      piece = {raw_, {}, false, true};
      return true;
    }
    if (take_line(bytes)) {
      piece = finish();
      return true;
    }
  }
  return false;
}

// Takes one line, or what there is of it; true behind a blank one.
bool SseEvents::take_line(std::string_view& bytes) {
  if (bytes.front() == '\n' && last_was_cr_) {
    last_was_cr_ = false;
    raw_.push_back('\n');
    bytes.remove_prefix(1);
    line_begin_ = raw_.size();
    return false;
  }
  last_was_cr_ = false;
  const std::string_view fitting = bytes.substr(0, event_bytes_max_ - raw_.size());
  const std::size_t end = fitting.find_first_of("\r\n");
  if (end != 0) line_empty_ = false;
  if (end == std::string_view::npos) {
    raw_.append(fitting);
    bytes.remove_prefix(fitting.size());
    return false;
  }
  raw_.append(fitting.substr(0, end));
  const bool blank = line_empty_;
  line_empty_ = true;
  end_line();
  raw_.push_back(bytes[end]);
  last_was_cr_ = bytes[end] == '\r';
  bytes.remove_prefix(end + 1);
  // Without waiting for it: a LF that is already there goes with its CR.
  if (last_was_cr_ && !bytes.empty() && bytes.front() == '\n') {
    raw_.push_back('\n');
    bytes.remove_prefix(1);
    last_was_cr_ = false;
  }
  line_begin_ = raw_.size();
  return blank;
}

}  // namespace ringfence::llm
