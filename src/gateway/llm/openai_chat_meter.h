// SPDX-License-Identifier: Apache-2.0
// The meters of Chat Completions answers: one for a whole body, one for an event stream.
//
// Contract: as AnswerMeter. Text seen is counted in decoded UTF-8 bytes: every string inside a
// choice's `delta` or `message` counts up, what surely was generated (content, tool arguments)
// counts down. The stream meter leaves out the one chunk that exists only because the gateway asked
// for usage: `choices` empty, `usage` an object, and the client did not ask.
#pragma once

#include <memory>
#include <string>

#include "gateway/llm/answer_reading.h"
#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/sse_events.h"

namespace ringfence::llm {

class ChatBodyMeter : public BodyMeter {
 private:
  void read(JsonSlice root, Seen& seen) override;
};

class ChatStreamMeter : public AnswerMeter {
 public:
  explicit ChatStreamMeter(bool usage_asked) : usage_asked_(usage_asked) {}
  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return seen_; }
  Seen seen_at_cut() const override;
  bool between_events() const override { return events_.between_events(); }

 private:
  // Whether the event may pass.
  bool take(const SseEvents::Piece& piece);

  bool usage_asked_;
  SseEvents events_;
  Seen seen_;
};

// Reads `usage` as this wire states it; nonsense when any count is not a plain integer >= 0.
void read_chat_usage(JsonSlice usage, Seen& seen);

}  // namespace ringfence::llm
