// SPDX-License-Identifier: Apache-2.0
// MeterTap: an answer's meter behind whatever content coding the provider used.
//
// Contract: one thread. A plain answer goes through the meter, which may leave events out. A coded
// one passes unchanged and is decoded on the side; when that fails (corrupt, cut short, a bomb) the
// answer counts as damaged and passes all the same.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/llm/dialect.h"
#include "http/decode.h"

namespace ringfence::llm {

class MeterTap {
 public:
  // `content_encoding` may be empty.
  MeterTap(std::unique_ptr<AnswerMeter> meter, std::string_view content_encoding);

  void feed(std::string_view bytes, std::string& out);
  void end(std::string& out);
  Seen seen() const;
  // As AnswerMeter's. What a decoder still holds cannot be counted, so a coded answer is damaged.
  Seen seen_at_cut() const;
  bool coded() const { return coded_; }
  const std::vector<std::string>& object_ids() const { return meter_->object_ids(); }
  // As AnswerMeter's.
  std::optional<std::string> error_event(std::string_view code, std::string_view sentence,
                                         const std::string& decision_id) const {
    return meter_->error_event(code, sentence, decision_id);
  }
  // Whether one event of ours may follow what was given out.
  bool may_add_event() const { return !coded_ && meter_->between_events(); }

 private:
  std::unique_ptr<AnswerMeter> meter_;
  bool coded_ = false;
  std::unique_ptr<http::Decoder> decoder_;  // null when coded in a way we cannot read
  bool failed_ = false;
  std::string unread_;  // what the meter would pass on of a coded answer
};

}  // namespace ringfence::llm
