// SPDX-License-Identifier: Apache-2.0
// SseEvents: cuts a server-sent event stream into whole events and keeps their bytes.
//
//   stream = [BOM] *event      event = *line blank-line      line end = CRLF / LF / CR
//
// Contract: pure; each byte is looked at once. An event is shown with its raw bytes, blank line
// included, so that passing every event on gives the stream unchanged. One of more than
// `event_bytes_max` is not held: its bytes come as `overlong` pieces until its blank line, and it
// has no data.
// Limitations: only `data` is read; `event`, `id` and `retry` pass with the raw bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringfence::llm {

inline constexpr std::size_t kEventBytesMax = 256 * 1024;

class SseEvents {
 public:
  explicit SseEvents(std::size_t event_bytes_max = kEventBytesMax)
      : event_bytes_max_(event_bytes_max) {}

  struct Piece {
    std::string_view raw;   // valid until the next call
    std::string_view data;  // the event's data lines joined by LF
    bool has_data = false;
    bool overlong = false;
  };

  // Takes from the front of `bytes` what makes the next piece; false when it needs more. Call it
  // until it returns false; then all of `bytes` is taken.
  bool next(std::string_view& bytes, Piece& piece);
  // What was begun and not ended.
  std::string_view rest() const { return shown_ ? std::string_view() : std::string_view(raw_); }
  // What was given out so far ends behind a whole event.
  bool between_events() const { return !overlong_; }

 private:
  void begin_event();
  bool take_line(std::string_view& bytes);
  void end_line();
  Piece finish();

  std::size_t event_bytes_max_;
  std::string raw_;
  std::string data_;
  std::size_t line_begin_ = 0;
  bool has_data_ = false;
  bool line_empty_ = true;    // the line under way, over all pieces
  bool last_was_cr_ = false;  // a LF that follows belongs to the line before
  bool overlong_ = false;
  bool shown_ = false;  // raw_ was given out; the next byte begins a new event
  bool first_ = true;   // of the stream: a BOM may stand there
};

}  // namespace ringfence::llm
