// SPDX-License-Identifier: Apache-2.0
#include "openai_responses_items.h"

#include <fmt/format.h>

#include "json.h"
#include "usage.h"

namespace mock::responses {
namespace {

std::string call_item(const Plan& plan, std::size_t part, std::string_view text,
                      std::string_view status) {
  const auto& planned = plan.parts[part];
  const bool custom = planned.kind == Part::Kind::custom;
  return fmt::format(
      R"({{"id":"{}","type":"{}","status":"{}","{}":{},"call_id":"call_{}_{}","name":{}}})",
      part_id(plan, part), custom ? "custom_tool_call" : "function_call", status,
      custom ? "input" : "arguments", json_string(text), plan.id, part, json_string(planned.name));
}

std::string message_item(const Plan& plan, std::size_t part, std::string_view content,
                         std::string_view status) {
  return fmt::format(
      R"({{"id":"{}","type":"message","status":"{}","content":[{}],"role":"assistant"}})",
      part_id(plan, part), status, content);
}

std::string usage_member(const Plan& plan, const ResponseState& state) {
  if (!state.tells_usage) return R"("usage":null,)";
  const auto told = tell_usage(plan, plan.counts(), state.at_end);
  if (!told.shown) return {};
  if (told.null) return R"("usage":null,)";
  const auto& counts = told.counts;
  return fmt::format(R"("usage":{{"input_tokens":{},"input_tokens_details":{{"cached_tokens":{},)"
                     R"("cache_write_tokens":{}}},"output_tokens":{},)"
                     R"("output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{}}},)",
                     told.input(counts.input()), counts.cached, counts.writes(),
                     told.output(counts.output), counts.reasoning,
                     told.total(counts.input() + counts.output));
}

std::string tool_usage_member(const Plan& plan, const ResponseState& state) {
  if (!state.at_end || plan.searches == 0) return {};
  return fmt::format(R"("tool_usage":{{"image_gen":{{"input_tokens":0,"input_tokens_details":)"
                     R"({{"image_tokens":0,"text_tokens":0}},"output_tokens":0,"total_tokens":0}},)"
                     R"("web_search":{{"num_requests":{}}}}},)",
                     plan.searches);
}

}  // namespace

std::string part_id(const Plan& plan, std::size_t part) {
  using enum Part::Kind;
  const auto kind = plan.parts[part].kind;
  return fmt::format("{}_{}_{}",
                     kind == text       ? "msg"
                     : kind == function ? "fc"
                                        : "ctc",
                     plan.id, part);
}

std::string reasoning_id(const Plan& plan) { return fmt::format("rs_{}", plan.id); }

std::string search_id(const Plan& plan, std::int64_t index) {
  return fmt::format("ws_{}_{}", plan.id, index);
}

std::string reasoning_item(const Plan& plan, const ResponsesExtras& extras) {
  return fmt::format(R"({{"id":"{}","type":"reasoning","summary":[]{}}})", reasoning_id(plan),
                     extras.encrypted_reasoning ? R"(,"encrypted_content":"bW9jaw==")" : "");
}

std::string search_item(const Plan& plan, std::int64_t index, std::string_view status) {
  return fmt::format(R"({{"id":"{}","type":"web_search_call","status":"{}","action":)"
                     R"({{"type":"search","query":"mock"}}}})",
                     search_id(plan, index), status);
}

std::string text_part(std::string_view text) {
  return fmt::format(R"({{"type":"output_text","annotations":[],"logprobs":[],"text":{}}})",
                     json_string(text));
}

std::string begun_item(const Plan& plan, std::size_t part) {
  if (plan.parts[part].is_text()) return message_item(plan, part, "", "in_progress");
  return call_item(plan, part, "", "in_progress");
}

std::string done_item(const Plan& plan, std::size_t part) {
  const auto& planned = plan.parts[part];
  const auto status = planned.whole ? "completed" : "incomplete";
  if (planned.is_text()) return message_item(plan, part, text_part(planned.text()), status);
  return call_item(plan, part, planned.text(), status);
}

std::string items(const Plan& plan, const ResponsesExtras& extras) {
  std::string out;
  const auto add = [&out](const std::string& item) { out += (out.empty() ? "" : ",") + item; };
  if (plan.reasoning_tokens > 0) add(reasoning_item(plan, extras));
  for (std::int64_t i = 0; i < plan.searches; ++i) add(search_item(plan, i, "completed"));
  for (std::size_t i = 0; i < plan.parts.size(); ++i) add(done_item(plan, i));
  return out;
}

ResponseState ended(const Plan& plan, const ResponsesExtras& extras) {
  return {.status = plan.capped ? "incomplete" : "completed",
          .output = items(plan, extras),
          .tells_usage = true,
          .at_end = true};
}

std::string response(const Plan& plan, const ResponsesExtras& extras, const ResponseState& state) {
  // The tier really used is known only at the end.
  const auto tier = state.at_end ? json_string(plan.service_tier) : R"("auto")";
  return fmt::format(
      R"({{"id":"resp_{}","object":"response","created_at":{},"status":"{}","background":false,)"
      R"("error":{},"incomplete_details":{},"instructions":{},"max_output_tokens":{},)"
      R"("max_tool_calls":{},"model":{},"output":[{}],"parallel_tool_calls":true,)"
      R"("previous_response_id":{},"reasoning":{{"effort":null,"summary":null}},)"
      R"("service_tier":{},"store":{},"temperature":1.0,)"
      R"("text":{{"format":{{"type":"text"}},"verbosity":"medium"}},"tool_choice":{},"tools":{},)"
      R"({}"top_logprobs":0,"top_p":1.0,"truncation":"disabled",{}"user":null,"metadata":{}}})",
      plan.id, plan.created_unix_s, state.status, state.error,
      state.status == "incomplete" ? R"({"reason":"max_output_tokens"})" : "null",
      extras.instructions, extras.max_output_tokens, extras.max_tool_calls, json_string(plan.model),
      state.output, extras.previous_response_id, tier, extras.store, extras.tool_choice,
      extras.tools, tool_usage_member(plan, state), usage_member(plan, state), extras.metadata);
}

}  // namespace mock::responses
