// SPDX-License-Identifier: Apache-2.0
// AnthropicTotals: the usage of one Messages answer, over all the places that state some of it.
//
// Contract: pure. A stream states totals so far, each time only some of them: of each count the
// largest stands. `input_tokens` leaves out what was read from a cache or written to one. A write
// without its split counts for an hour where the request asked for one (the dearer), else for
// minutes. `iterations` has what the totals above it leave out (compaction); those of other models
// make the answer odd, as does any count that is not known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/llm/answer_reading.h"
#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

class AnthropicTotals {
 public:
  explicit AnthropicTotals(const CallFacts& facts);

  // Takes one `usage` and writes what is known by now into `seen`.
  void read(JsonSlice usage, Seen& seen);
  // The provider kept a container for this answer.
  void saw_container(Seen& seen);

 private:
  using Count = std::optional<std::int64_t>;
  struct Tokens {
    Count input, output, cache_read, cache_write, write_5m, write_1h;
  };
  // Each larger one of `other`.
  static void raise(Tokens& tokens, const Tokens& other);
  static void add(Tokens& tokens, const Tokens& other);

  void read_tokens(JsonSlice usage, Tokens& tokens);
  bool read_count(const JsonMembers& members, Tokens& tokens);
  void read_cache(JsonSlice object, Tokens& tokens);
  void read_hosted(JsonSlice object);
  void read_iterations(JsonSlice array);
  void read_tier(const JsonMembers& members);
  void show(Seen& seen) const;

  bool hour_asked_ = false;
  bool sessions_billed_ = false;
  Tokens totals_, iterations_;
  std::int64_t searches_ = 0;
  std::int64_t thinking_ = 0;
  bool container_ = false;
  std::string tier_, speed_, geo_;
  Counts counts_;
  bool odd_ = false;
};

}  // namespace ringfence::llm
