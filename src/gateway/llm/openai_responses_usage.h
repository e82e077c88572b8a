// SPDX-License-Identifier: Apache-2.0
// What a Responses answer says of its cost: usage, and the tools that ran at the provider.
//
// Contract: pure, over checked JSON. Searches and sessions are not in `usage`: they are counted
// item by item, or as `tool_usage` states them. Calls in one container are one session.
#pragma once

#include <string>
#include <vector>

#include "gateway/llm/dialect.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

inline constexpr std::size_t kAnswerObjectsMax = 1'024;  // that are remembered of one answer

// The items of one answer that are billed by their number, and the names of what is kept.
class ResponseItems {
 public:
  // One finished item of the output.
  void add(JsonSlice item, Seen& seen);
  std::int64_t of(Dimension dimension) const;

 private:
  std::int64_t searches_ = 0;
  std::int64_t file_searches_ = 0;
  std::int64_t nameless_sessions_ = 0;
  std::vector<std::string> containers_;
};

// Adds the id that a value is, or has as its `id`, once.
void keep_object_id(JsonSlice value, std::vector<std::string>& ids);

// Reads `usage` as this wire states it; nonsense when any count is not a plain integer >= 0.
// `items` go into it by their number.
void read_responses_usage(JsonSlice usage, const Usage& items, Seen& seen);

}  // namespace ringfence::llm
