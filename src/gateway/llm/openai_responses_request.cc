// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_request.h"

#include <algorithm>

#include "base/checked.h"
#include "base/json.h"
#include "gateway/llm/openai_responses_reader.h"
#include "gateway/llm/text_tokens.h"

namespace ringfence::llm {
namespace {

// The bytes of all strings that are called encrypted: their text cannot be counted.
std::int64_t encrypted_bytes(JsonSlice value, std::vector<const char*>& places) {
  std::int64_t bytes = 0;
  if (value.is(JsonKind::array)) {
    for (JsonElements elements(value); elements.next();) {
      bytes += encrypted_bytes(elements.value(), places);
    }
  } else if (value.is(JsonKind::object)) {
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("encrypted_content") && members.value().is(JsonKind::string)) {
        places.push_back(members.value().text.data());
        bytes += static_cast<std::int64_t>(members.value().text.size());
      } else {
        bytes += encrypted_bytes(members.value(), places);
      }
    }
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<ResponsesRequest>> ResponsesRequest::parse(std::string body) {
  auto request = std::make_unique<ResponsesRequest>();
  request->body_ = std::move(body);
  if (auto read = ResponsesReader(*request).read(); !read) return std::unexpected(read.error());
  return request;
}

std::optional<std::int64_t> ResponsesRequest::image_tokens(std::string_view model) const {
  std::int64_t all = 0;
  for (const Image& image : images_) {
    const auto tokens = openai_image_tokens(model, image.size, image.detail);
    if (!tokens) return std::nullopt;
    all = saturating_add(all, *tokens);
  }
  return all;
}

// The conversation is counted text by text, the rest of the body by its bytes, as in ChatRequest.
std::optional<std::int64_t> ResponsesRequest::counted_input(Vocabulary vocabulary) const {
  std::int64_t tokens = facts_.input_tokens_max;
  std::vector<const char*> apart;  // where strings begin that are not counted as text
  for (const Image& image : images_) {
    apart.push_back(image.url.data());
    tokens = saturating_add(tokens, static_cast<std::int64_t>(image.url.size()));
  }
  for (const char* name : {"input", "instructions"}) {
    const auto value = find_last(json_root(body_), name);
    if (!value) continue;
    tokens -= static_cast<std::int64_t>(value->text.size());
    tokens = saturating_add(tokens, encrypted_bytes(*value, apart));
    std::ranges::sort(apart);
    tokens = saturating_add(tokens, text_tokens(*value, vocabulary, [&](JsonSlice string) {
                              return std::ranges::binary_search(apart, string.text.data());
                            }));
  }
  return tokens;
}

std::string ResponsesRequest::rewritten(const Rewrite& rewrite) const {
  Splice splice;
  const auto write = [&](const Place& place, std::string_view name, std::int64_t number) {
    const std::string text = std::to_string(number);
    if (place) return splice.replace(*place, text);
    splice.insert(members_begin_, "\"" + std::string(name) + "\":" + text + ",");
  };
  if (rewrite.model != facts_.model) {
    std::string text;
    append_json_string(text, rewrite.model);
    splice.replace(*model_, std::move(text));
  }
  if (rewrite.output_cap && (!facts_.output_cap || *facts_.output_cap > *rewrite.output_cap)) {
    write(cap_, kResponsesCapField, *rewrite.output_cap);
  }
  if (write_tool_calls_) write(tool_calls_, "max_tool_calls", kToolCallsDefault);
  return splice.empty() ? body_ : splice.apply(body_);
}

}  // namespace ringfence::llm
