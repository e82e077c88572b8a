// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_members.h"

namespace ringfence::llm {
namespace {

constexpr KnownMember<ChatMember> kMembers[] = {
    {"model", ChatMember::model},
    {"messages", ChatMember::messages},
    {"max_tokens", ChatMember::max_tokens},
    {"max_completion_tokens", ChatMember::max_completion_tokens},
    {"n", ChatMember::n},
    {"stream", ChatMember::stream},
    {"stream_options", ChatMember::stream_options},
    {"tools", ChatMember::tools},
    {"functions", ChatMember::functions},
    {"prediction", ChatMember::prediction},
    {"service_tier", ChatMember::service_tier},
    {"modalities", ChatMember::modalities},
    {"reasoning_effort", ChatMember::reasoning_effort},
    {"store", ChatMember::store},
    {"audio", ChatMember::audio},
    {"web_search_options", ChatMember::web_search_options},
    {"frequency_penalty", ChatMember::plain},
    {"function_call", ChatMember::plain},
    {"logit_bias", ChatMember::plain},
    {"logprobs", ChatMember::plain},
    {"metadata", ChatMember::plain},
    {"parallel_tool_calls", ChatMember::plain},
    {"presence_penalty", ChatMember::plain},
    {"prompt_cache_key", ChatMember::plain},
    {"prompt_cache_retention", ChatMember::plain},
    {"response_format", ChatMember::plain},
    {"safety_identifier", ChatMember::plain},
    {"seed", ChatMember::plain},
    {"stop", ChatMember::plain},
    {"temperature", ChatMember::plain},
    {"tool_choice", ChatMember::plain},
    {"top_logprobs", ChatMember::plain},
    {"top_p", ChatMember::plain},
    {"user", ChatMember::plain},
    {"verbosity", ChatMember::plain},
};
static_assert(std::size(kMembers) <= kMembersMax);

}  // namespace

std::span<const KnownMember<ChatMember>> chat_members() { return kMembers; }

}  // namespace ringfence::llm
