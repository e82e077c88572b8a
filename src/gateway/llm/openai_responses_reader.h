// SPDX-License-Identifier: Apache-2.0
// ResponsesReader: fills a ResponsesRequest from its body.
//
// Contract: pure; one reader reads one body. Where a member of an item, a part or a tool stands
// twice, each of them is read and the dearer reading holds.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/llm/openai_responses_members.h"
#include "gateway/llm/openai_responses_request.h"

namespace ringfence::llm {

class ResponsesReader {
 public:
  explicit ResponsesReader(ResponsesRequest& request) : request_(request), facts_(request.facts_) {
    facts_.reasoning = ReasoningWish::model_decides;
  }

  // Errors: `invalid`, with the member in `where`.
  Result<void> read();

 private:
  // What one tool says of where it runs.
  struct Tool {
    bool typed = false;
    bool shell = false;
    bool searches_tools = false;
    bool has_place = false;  // `environment` or `execution` is told
    bool elsewhere = false;  // … and is not the client
  };

  Result<void> take_known(ResponsesMember member, const std::string& name, JsonSlice value);
  Result<void> take_tool_call_limit(const std::string& name, JsonSlice value);
  Result<void> take_background(JsonSlice value);
  void take_service_tier(JsonSlice value);
  void take_reasoning(JsonSlice value);
  void take_effort(JsonSlice value);
  // `ttl`: what is kept longer has a rate of its own.
  void take_cache_options(JsonSlice value, const std::string& where);
  Result<void> take_kept(const std::string& name, JsonSlice value);

  Result<void> take_items(const std::string& name, JsonSlice value);
  Result<void> take_item(JsonSlice item, const std::string& path);
  void take_item_type(JsonSlice type, JsonSlice item, const std::string& path);
  void take_parts(JsonSlice parts, const std::string& path);
  void take_part(JsonSlice part, const std::string& path);
  void take_outside_part(JsonSlice type, JsonSlice part, bool alone);

  Result<void> take_tools(const std::string& name, JsonSlice value);
  Result<void> take_tool(JsonSlice tool, const std::string& path);
  void take_tool_type(JsonSlice type, const std::string& path, Tool& tool);
  void take_container(JsonSlice value, const std::string& path);
  void runs_at_provider(Dimension dimension, const std::string& path);

  void take_object_id(JsonSlice value);
  void take_object_ids(JsonSlice array);
  void costs_unpriced(std::string path) {
    if (facts_.unpriced.empty()) facts_.unpriced = std::move(path);
  }
  void is_unknown(std::string path) {
    if (facts_.unknown.empty()) facts_.unknown = std::move(path);
  }

  ResponsesRequest& request_;
  CallFacts& facts_;
  std::int64_t items_ = 0;
  std::int64_t tools_ = 0;
  std::int64_t image_bytes_ = 0;
  bool too_many_objects_ = false;
  bool hosted_ = false;
  std::optional<std::int64_t> tool_calls_;
};

}  // namespace ringfence::llm
