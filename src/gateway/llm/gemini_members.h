// SPDX-License-Identifier: Apache-2.0
// The members of a generateContent request that this wire knows, level by level.
//
// Contract: pure; as gemini_names.
#pragma once

#include "gateway/llm/member_table.h"

namespace ringfence::llm {

enum class GeminiMember : std::uint8_t {
  plain,     // changes no price: passes as it is
  unpriced,  // costs what has no price here
  // The request:
  model,
  contents,
  system_instruction,
  tools,
  generation_config,
  cached_content,
  service_tier,
  continuation_token,
  generate_content_request,  // of countTokens
  // A content and its parts:
  parts,
  media,  // inline, or by its place
  mime_type,
  data,
  media_resolution,
  file_uri,
  // A tool:
  function_declarations,
  search,       // Google Search
  endless,      // runs at Google, as often as the model likes
  client_tool,  // runs at the client, described at Google
  // The generation's settings:
  max_output_tokens,
  candidate_count,
  thinking_config,
  thinking_budget,
  thinking_level,
  response_modalities,
};

using GeminiTable = std::span<const KnownMember<GeminiMember>>;

GeminiTable gemini_request_members();
GeminiTable gemini_content_members();
GeminiTable gemini_part_members();
GeminiTable gemini_function_response_members();
GeminiTable gemini_media_members();  // of inlineData and fileData
GeminiTable gemini_tool_members();
GeminiTable gemini_generation_members();
GeminiTable gemini_thinking_members();

}  // namespace ringfence::llm
