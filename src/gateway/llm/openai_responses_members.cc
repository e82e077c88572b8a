// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_members.h"

namespace ringfence::llm {
namespace {

constexpr KnownMember<ResponsesMember> kMembers[] = {
    {"model", ResponsesMember::model},
    {"input", ResponsesMember::input},
    {"instructions", ResponsesMember::instructions},
    {"max_output_tokens", ResponsesMember::max_output_tokens},
    {"max_tool_calls", ResponsesMember::max_tool_calls},
    {"tools", ResponsesMember::tools},
    {"reasoning", ResponsesMember::reasoning},
    {"service_tier", ResponsesMember::service_tier},
    {"stream", ResponsesMember::stream},
    {"previous_response_id", ResponsesMember::previous_response_id},
    {"conversation", ResponsesMember::conversation},
    {"prompt", ResponsesMember::prompt},
    {"prompt_cache_options", ResponsesMember::prompt_cache_options},
    {"background", ResponsesMember::background},
    {"context_management", ResponsesMember::costly},  // compaction: further passes over the input
    {"moderation", ResponsesMember::costly},          // further models
    {"client_metadata", ResponsesMember::plain},      // Codex sends it
    {"image", ResponsesMember::plain},
    {"include", ResponsesMember::plain},
    {"metadata", ResponsesMember::plain},
    {"parallel_tool_calls", ResponsesMember::plain},
    {"prompt_cache_key", ResponsesMember::plain},
    {"prompt_cache_retention", ResponsesMember::plain},
    {"safety_identifier", ResponsesMember::plain},
    {"store", ResponsesMember::plain},
    {"stream_options", ResponsesMember::plain},
    {"temperature", ResponsesMember::plain},
    {"text", ResponsesMember::plain},
    {"tool_choice", ResponsesMember::plain},
    {"top_logprobs", ResponsesMember::plain},
    {"top_p", ResponsesMember::plain},
    {"truncation", ResponsesMember::plain},
    {"user", ResponsesMember::plain},
};
static_assert(std::size(kMembers) <= kMembersMax);

}  // namespace

std::span<const KnownMember<ResponsesMember>> responses_members() { return kMembers; }

}  // namespace ringfence::llm
