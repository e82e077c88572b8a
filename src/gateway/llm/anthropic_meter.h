// SPDX-License-Identifier: Apache-2.0
// The meters of Messages answers: one for a whole body, one for an event stream.
//
// Contract: as AnswerMeter; no event is ever left out. Text seen is counted in decoded UTF-8 bytes:
// every string of a content block or delta counts up (but types, ids and signatures), what surely
// was generated (text, a tool's arguments) counts down. A stream's usage counts only once a
// `message_delta` has stated it: what `message_start` says of the output is a placeholder.
#pragma once

#include <string>
#include <vector>

#include "gateway/llm/anthropic_usage.h"
#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/sse_events.h"

namespace ringfence::llm {

inline constexpr std::size_t kAnthropicIdsMax = 64;  // of one answer

// What both read alike: a message, its blocks, what is kept of them.
class AnthropicReading {
 public:
  explicit AnthropicReading(const CallFacts& facts) : totals_(facts) {}

  void message(JsonSlice message);
  void block(JsonSlice block);
  void delta(JsonSlice delta);
  void container(JsonSlice container);
  void usage(JsonSlice usage) { totals_.read(usage, seen); }

  Seen seen;
  std::vector<std::string> object_ids;

 private:
  void keep(JsonSlice id);
  void count(JsonSlice value);

  AnthropicTotals totals_;
};

class AnthropicBodyMeter : public BodyMeter {
 public:
  explicit AnthropicBodyMeter(const CallFacts& facts) : reading_(facts) {}
  const std::vector<std::string>& object_ids() const override { return reading_.object_ids; }

 private:
  void read(JsonSlice root, Seen& seen) override;

  AnthropicReading reading_;
};

class AnthropicStreamMeter : public AnswerMeter {
 public:
  explicit AnthropicStreamMeter(const CallFacts& facts) : reading_(facts) {}
  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return reading_.seen; }
  Seen seen_at_cut() const override;
  bool between_events() const override { return events_.between_events(); }
  const std::vector<std::string>& object_ids() const override { return reading_.object_ids; }

 private:
  void take(const SseEvents::Piece& piece);
  void event(JsonSlice root);

  SseEvents events_;
  AnthropicReading reading_;
  bool usage_final_ = false;
};

}  // namespace ringfence::llm
