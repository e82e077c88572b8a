// SPDX-License-Identifier: Apache-2.0
// The plan of one answer: how many tokens of which kind, and the text they are.
//
// Contract: pure, and in the words of no wire. Counts of tokens are per choice; `counts` and the
// input are of the whole call. A planned answer is reasoning, then searches, then the parts in
// order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "knobs.h"
#include "wire.h"

namespace mock {

// What is billed, by dimension.
struct Counts {
  std::int64_t uncached = 0;
  std::int64_t cached = 0;
  std::int64_t write_5m = 0;
  std::int64_t write_1h = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  // part of output
  std::int64_t searches = 0;

  [[nodiscard]] std::int64_t writes() const { return write_5m + write_1h; }
  [[nodiscard]] std::int64_t input() const { return uncached + cached + writes(); }
};

// One run of text, or one call of a tool, whose text is its arguments.
struct Part {
  enum class Kind { text, function, custom };
  Kind kind = Kind::text;
  std::string name{};  // of the tool
  std::int64_t tokens = 0;
  bool whole = true;    // false: the cap cut it
  std::string token{};  // text of each token, unless `pieces` has one for each
  std::vector<std::string> pieces{};
  std::string open{};  // around the tokens, counted with the first and the last
  std::string close{};

  [[nodiscard]] bool is_text() const { return kind == Kind::text; }
  [[nodiscard]] std::string text(std::int64_t first, std::int64_t count) const;
  [[nodiscard]] std::string text() const { return text(0, tokens); }
};

struct Plan {
  std::string id;
  std::string model;
  std::int64_t created_unix_s = 0;
  std::int64_t choices = 1;
  Counts input;  // of the call; its output is 0
  std::int64_t reasoning_tokens = 0;
  std::int64_t searches = 0;
  std::vector<Part> parts;
  bool capped = false;  // it wanted to write more
  std::string service_tier;
  UsageReport usage = UsageReport::honest;
  UsageSteps usage_steps = UsageSteps::none;

  [[nodiscard]] std::int64_t visible_tokens() const;
  [[nodiscard]] std::int64_t tokens() const { return reasoning_tokens + visible_tokens(); }
  [[nodiscard]] bool calls_tool() const;
  // Of the whole call, all choices.
  [[nodiscard]] Counts counts() const;
};

// The input of a call: the text's bytes by the divisor, never above the body's bytes.
[[nodiscard]] std::int64_t input_tokens_of(const Call& call, const Knobs& knobs,
                                           std::size_t body_bytes);

// `sequence` numbers the requests and seeds the noise together with the knob; `turn` is what the
// script wants it to say, or null.
[[nodiscard]] Plan make_plan(const Call& call, const Knobs& knobs, const Turn* turn,
                             std::size_t body_bytes, std::uint64_t sequence);

}  // namespace mock
