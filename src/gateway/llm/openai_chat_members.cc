// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_members.h"

#include <array>
#include <string>

namespace ringfence::llm {
namespace {

constexpr auto table() {
  using enum ChatMember;
  std::array members{
      KnownMember{"model", model, 0},
      KnownMember{"messages", messages, 0},
      KnownMember{"max_tokens", max_tokens, 0},
      KnownMember{"max_completion_tokens", max_completion_tokens, 0},
      KnownMember{"n", n, 0},
      KnownMember{"stream", stream, 0},
      KnownMember{"stream_options", stream_options, 0},
      KnownMember{"tools", tools, 0},
      KnownMember{"functions", functions, 0},
      KnownMember{"prediction", prediction, 0},
      KnownMember{"service_tier", service_tier, 0},
      KnownMember{"modalities", modalities, 0},
      KnownMember{"reasoning_effort", reasoning_effort, 0},
      KnownMember{"store", store, 0},
      KnownMember{"audio", audio, 0},
      KnownMember{"web_search_options", web_search_options, 0},
      KnownMember{"frequency_penalty", plain, 0},
      KnownMember{"function_call", plain, 0},
      KnownMember{"logit_bias", plain, 0},
      KnownMember{"logprobs", plain, 0},
      KnownMember{"metadata", plain, 0},
      KnownMember{"parallel_tool_calls", plain, 0},
      KnownMember{"presence_penalty", plain, 0},
      KnownMember{"prompt_cache_key", plain, 0},
      KnownMember{"prompt_cache_retention", plain, 0},
      KnownMember{"response_format", plain, 0},
      KnownMember{"safety_identifier", plain, 0},
      KnownMember{"seed", plain, 0},
      KnownMember{"stop", plain, 0},
      KnownMember{"temperature", plain, 0},
      KnownMember{"tool_choice", plain, 0},
      KnownMember{"top_logprobs", plain, 0},
      KnownMember{"top_p", plain, 0},
      KnownMember{"user", plain, 0},
      KnownMember{"verbosity", plain, 0},
  };
  static_assert(members.size() <= 64);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].bit = static_cast<std::uint32_t>(i);
  }
  return members;
}
constexpr auto kMembers = table();

// Folds the bytes at `at`, moving it on: the letter that they stand for, or the byte itself.
char folded(std::string_view name, std::size_t& at) {
  if (name.substr(at, 2) == "\xC5\xBF") {
    at += 2;
    return 's';
  }
  if (name.substr(at, 3) == "\xE2\x84\xAA") {
    at += 3;
    return 'k';
  }
  const char c = name[at++];
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

const KnownMember* find_chat_member(std::string_view name) {
  for (const KnownMember& member : kMembers) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

const KnownMember* find_chat_member_folded(std::string_view name) {
  std::string plain;
  for (std::size_t at = 0; at < name.size();) plain.push_back(folded(name, at));
  return find_chat_member(plain);
}

}  // namespace ringfence::llm
