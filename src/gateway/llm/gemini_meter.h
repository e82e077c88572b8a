// SPDX-License-Identifier: Apache-2.0
// The meters of Gemini answers: one for a whole body (one response, or the array that a stream
// without `alt=sse` is), one for an event stream.
//
// Contract: as AnswerMeter; nothing is ever left out. Text seen is counted in decoded UTF-8 bytes:
// every string of a candidate's content counts up, what surely was generated (text that is no
// thought, arguments of calls, code) counts down. The end of a stream is the end of its body, once
// some candidate had a finishReason or the prompt was blocked: this wire has no last event.
#pragma once

#include <set>
#include <string>

#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/sse_events.h"

namespace ringfence::llm {

// What one answer showed, over all its responses.
class GeminiAnswer {
 public:
  explicit GeminiAnswer(bool search_by_prompt) : search_by_prompt_(search_by_prompt) {}

  void take(JsonSlice response);  // checked
  void damage() { seen_.damaged = true; }
  void count_unread(std::size_t bytes) { seen_.text_bytes_max += static_cast<std::int64_t>(bytes); }
  void finish() { seen_.finished = true; }
  bool complete() const { return complete_; }
  const Seen& seen() const { return seen_; }

 private:
  void take_candidate(JsonSlice candidate);
  void take_part(JsonSlice part);
  void take_grounding(JsonSlice metadata);

  bool search_by_prompt_;
  bool complete_ = false;
  Seen seen_;
  std::set<std::string> searches_;  // responses of a stream may repeat them
};

class GeminiBodyMeter : public AnswerMeter {
 public:
  explicit GeminiBodyMeter(bool search_by_prompt) : answer_(search_by_prompt) {}
  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return answer_.seen(); }
  Seen seen_at_cut() const override;
  bool between_events() const override { return false; }

 private:
  std::string body_;
  GeminiAnswer answer_;
};

class GeminiStreamMeter : public AnswerMeter {
 public:
  explicit GeminiStreamMeter(bool search_by_prompt) : answer_(search_by_prompt) {}
  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return answer_.seen(); }
  Seen seen_at_cut() const override;
  bool between_events() const override { return events_.between_events(); }

 private:
  void take(const SseEvents::Piece& piece);

  SseEvents events_;
  GeminiAnswer answer_;
};

}  // namespace ringfence::llm
