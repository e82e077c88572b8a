// SPDX-License-Identifier: Apache-2.0
// answer_reading: how the meters of all wires read counts and text out of an answer.
//
// Contract: pure, over text that check_json has accepted. A count is a plain integer >= 0 that
// stands once; anything else makes the whole usage nonsense.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

// Reads counts and remembers whether one of them was none.
class Counts {
 public:
  bool nonsense() const { return nonsense_; }
  void take(JsonSlice value, std::optional<std::int64_t>& into);
  void refuse() { nonsense_ = true; }

 private:
  bool nonsense_ = false;
};

// Parts are taken out of their whole; false when they are more than it.
bool divide(Usage& usage, Dimension whole, std::int64_t total,
            std::initializer_list<std::pair<Dimension, std::optional<std::int64_t>>> parts);

// The decoded bytes of all strings in a value, members of the given names left out.
std::int64_t string_bytes(JsonSlice value, std::initializer_list<std::string_view> leave_out);

// A meter that reads an answer which makes sense only whole: a JSON object.
class BodyMeter : public AnswerMeter {
 public:
  // What a body may hold before it is no longer read for its usage.
  static constexpr std::size_t kBytesMax = 32 * 1024 * 1024;

  void feed(std::string_view bytes, std::string& out) override;
  void end(std::string& out) override;
  const Seen& seen() const override { return seen_; }
  Seen seen_at_cut() const override;
  bool between_events() const override { return false; }

 protected:
  virtual void read(JsonSlice root, Seen& seen) = 0;

 private:
  std::string body_;
  Seen seen_;
};

}  // namespace ringfence::llm
