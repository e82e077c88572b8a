// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_members.h"

#include <algorithm>

namespace ringfence::llm {
namespace {

constexpr KnownMember<AnthropicMember> kMembers[] = {
    {"model", AnthropicMember::model},
    {"messages", AnthropicMember::messages},
    {"system", AnthropicMember::system},
    {"max_tokens", AnthropicMember::max_tokens},
    {"stream", AnthropicMember::stream},
    {"tools", AnthropicMember::tools},
    {"thinking", AnthropicMember::thinking},
    {"cache_control", AnthropicMember::cache_control},
    {"service_tier", AnthropicMember::service_tier},
    {"speed", AnthropicMember::speed},
    {"inference_geo", AnthropicMember::inference_geo},
    {"container", AnthropicMember::container},
    {"context_management", AnthropicMember::context_management},
    {"output_config", AnthropicMember::output_config},
    {"output_format", AnthropicMember::output_format},
    {"safeguards", AnthropicMember::safeguards},
    {"billing_policy", AnthropicMember::costs},
    {"compaction", AnthropicMember::costs},
    {"fallback_credit_token", AnthropicMember::costs},
    {"fallbacks", AnthropicMember::costs},
    {"mcp_servers", AnthropicMember::costs},
    {"thread", AnthropicMember::costs},
    {"diagnostics", AnthropicMember::plain},
    {"metadata", AnthropicMember::plain},
    {"stop_sequences", AnthropicMember::plain},
    {"temperature", AnthropicMember::plain},
    {"tool_choice", AnthropicMember::plain},
    {"top_k", AnthropicMember::plain},
    {"top_p", AnthropicMember::plain},
};
static_assert(std::size(kMembers) <= kMembersMax);

constexpr std::string_view kCounted[] = {
    "cache_control", "context_management", "messages",    "output_config", "output_format", "speed",
    "system",        "thinking",           "tool_choice", "tools"};

}  // namespace

std::span<const KnownMember<AnthropicMember>> anthropic_members() { return kMembers; }

bool is_counted_member(std::string_view name) {
  return std::ranges::find(kCounted, name) != std::ranges::end(kCounted);
}

}  // namespace ringfence::llm
