// SPDX-License-Identifier: Apache-2.0
// The plan of one answer: how many tokens of which kind, and the JSON they are wrapped in.
//
// Contract: pure. All counts but `choices` and `input_tokens` are per choice.
#pragma once

#include <cstdint>
#include <string>

#include "chat_request.h"
#include "knobs.h"

namespace mock {

struct Plan {
  std::string id;
  std::string model;
  std::int64_t created_unix_s = 0;
  std::int64_t choices = 1;
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t visible_tokens = 0;
  bool capped = false;  // it wanted to write more
  std::string tool;     // name of the tool it calls; empty: it writes text
  std::string token;    // the text of one token
  UsageReport usage = UsageReport::honest;

  [[nodiscard]] std::int64_t tokens() const { return reasoning_tokens + visible_tokens; }
};

// `sequence` numbers the requests and seeds the noise together with the knob.
[[nodiscard]] Plan make_plan(const ChatRequest& request, const Knobs& knobs, std::size_t body_bytes,
                             std::uint64_t sequence);

// The whole answer of a call that does not stream.
[[nodiscard]] std::string completion_json(const Plan& plan);

// Server-sent events of a streamed answer, each with its blank line.
class ChunkWriter {
 public:
  ChunkWriter(const Plan& plan, bool include_usage);
  // For one choice: its role; tokens [first, first + count) of its visible part; its end.
  void role(std::string& out, std::int64_t choice) const;
  void tokens(std::string& out, std::int64_t choice, std::int64_t first, std::int64_t count) const;
  void finish(std::string& out, std::int64_t choice) const;
  // The usage event if it was asked for, then [DONE].
  void done(std::string& out) const;

 private:
  void chunk(std::string& out, std::int64_t choice, std::string_view delta,
             std::string_view finish_reason) const;

  const Plan& plan_;
  bool include_usage_;
  std::string prefix_;
};

}  // namespace mock
