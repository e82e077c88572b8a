// SPDX-License-Identifier: Apache-2.0
// The meters of Responses answers: one for a whole body, one for an event stream.
//
// Contract: as AnswerMeter. Nothing is left out of a stream. It tells each text up to four times:
// in deltas, at the text's end, at its part's and at its item's. For each item the largest telling
// counts as seen; then the larger of all items and of the output that the last event repeats.
// What has a type that is not known counts all its strings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/llm/answer_reading.h"
#include "gateway/llm/dialect.h"
#include "gateway/llm/openai_responses_usage.h"
#include "gateway/llm/sse_events.h"

namespace ringfence::llm {

// The last event repeats instructions, tools and all output: it is read at any length that models
// have, so that its usage is not lost.
inline constexpr std::size_t kResponsesEventBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kResponseItemsMax = 4'096;  // of one answer

// Reads a `response` object, as it stands in events and as a whole body.
// `items`: what the stream told so far; the object's own output may tell more.
void read_response(JsonSlice response, const ResponseItems& items, Seen& seen,
                   std::vector<std::string>& object_ids);

class ResponsesBodyMeter : public BodyMeter {
 public:
  const std::vector<std::string>& object_ids() const override { return object_ids_; }

 private:
  void read(JsonSlice root, Seen& seen) override;

  std::vector<std::string> object_ids_;
};

class ResponsesStreamMeter : public AnswerMeter {
 public:
  ResponsesStreamMeter() : events_(kResponsesEventBytesMax) {}
  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return seen_; }
  Seen seen_at_cut() const override;
  bool between_events() const override { return events_.between_events(); }
  std::optional<std::string> error_event(std::string_view code, std::string_view sentence,
                                         const std::string& decision_id) const override;
  const std::vector<std::string>& object_ids() const override { return object_ids_; }

 private:
  // The bytes of one item's text, by where they were told.
  struct Told {
    std::int64_t begun = 0, deltas = 0, texts = 0, parts = 0, whole = 0;
    std::int64_t most() const;
  };
  struct Event;

  void take(const SseEvents::Piece& piece);
  void take_event(JsonSlice root);
  void take_response(const Event& event);
  void take_text(const Event& event, std::string_view type, JsonSlice root);
  // Adds to one telling of the item at that index.
  void add(const Event& event, std::int64_t Told::* telling, std::int64_t bytes);

  SseEvents events_;
  Seen seen_;
  ResponseItems items_;
  std::vector<Told> told_;          // by `output_index`
  std::int64_t told_bytes_ = 0;     // of all of them, and of what could not be read
  std::int64_t certain_bytes_ = 0;  // in deltas
  std::vector<std::string> object_ids_;
  std::string response_id_, model_;
  std::int64_t next_number_ = 0;
};

}  // namespace ringfence::llm
