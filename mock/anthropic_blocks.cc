// SPDX-License-Identifier: Apache-2.0
#include "anthropic_blocks.h"

#include <fmt/format.h>

#include "json.h"

namespace mock::anthropic {

std::string stop_reason(const Plan& plan) {
  if (plan.capped) return "max_tokens";
  return plan.calls_tool() ? "tool_use" : "end_turn";
}

std::string call_id(const Plan& plan, std::size_t part) {
  return fmt::format("toolu_{}_{}", plan.id, part);
}

std::string search_id(const Plan& plan, std::int64_t index) {
  return fmt::format("srvtoolu_{}_{}", plan.id, index);
}

std::string empty_block(const Plan& plan, std::size_t part) {
  const auto& planned = plan.parts[part];
  if (planned.is_text()) return R"({"type":"text","text":""})";
  return fmt::format(R"({{"type":"tool_use","id":"{}","name":{},"input":{{}}}})",
                     call_id(plan, part), json_string(planned.name));
}

std::string full_block(const Plan& plan, std::size_t part) {
  const auto& planned = plan.parts[part];
  if (planned.is_text()) {
    return fmt::format(R"({{"type":"text","text":{}}})", json_string(planned.text()));
  }
  return fmt::format(R"({{"type":"tool_use","id":"{}","name":{},"input":{}}})", call_id(plan, part),
                     json_string(planned.name), planned.whole ? planned.text() : "{}");
}

std::string search_block(const Plan& plan, std::int64_t index, std::string_view input) {
  return fmt::format(R"({{"type":"server_tool_use","id":"{}","name":"web_search","input":{}}})",
                     search_id(plan, index), input);
}

std::string search_result_block(const Plan& plan, std::int64_t index) {
  return fmt::format(R"({{"type":"web_search_tool_result","tool_use_id":"{}","content":[{{)"
                     R"("type":"web_search_result","url":"https://example.com/","title":"Example",)"
                     R"("encrypted_content":"bW9jaw==","page_age":null}}]}})",
                     search_id(plan, index));
}

std::string usage_member(const Plan& plan, Counts honest, Moment moment, bool at_end) {
  const auto told = tell_usage(plan, honest, at_end);
  if (!told.shown) return {};
  if (told.null) return R"(,"usage":null)";
  const auto& counts = told.counts;
  std::string out = fmt::format(R"(,"usage":{{"input_tokens":{},"cache_creation_input_tokens":{},)"
                                R"("cache_read_input_tokens":{})",
                                told.input(counts.uncached), counts.writes(), counts.cached);
  if (moment == Moment::start) {
    out += fmt::format(R"(,"cache_creation":{{"ephemeral_5m_input_tokens":{},)"
                       R"("ephemeral_1h_input_tokens":{}}})",
                       counts.write_5m, counts.write_1h);
  }
  out += fmt::format(R"(,"output_tokens":{})", told.output(counts.output));
  if (counts.reasoning > 0) {
    out += fmt::format(R"(,"output_tokens_details":{{"thinking_tokens":{}}})", counts.reasoning);
  }
  if (counts.searches > 0) {
    out += fmt::format(R"(,"server_tool_use":{{"web_search_requests":{},"web_fetch_requests":0}})",
                       counts.searches);
  }
  if (moment == Moment::start) {
    out += fmt::format(R"(,"service_tier":{})", json_string(plan.service_tier));
  }
  return out + '}';
}

std::string message(const Plan& plan, std::string_view content, std::string_view stop_reason,
                    std::string_view usage) {
  return fmt::format(R"({{"id":"msg_{}","type":"message","role":"assistant","model":{},)"
                     R"("content":[{}],"stop_reason":{},"stop_sequence":null{}}})",
                     plan.id, json_string(plan.model), content, stop_reason, usage);
}

}  // namespace mock::anthropic
