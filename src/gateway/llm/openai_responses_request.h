// SPDX-License-Identifier: Apache-2.0
// ResponsesRequest: the body of one `POST /v1/responses`, read for what it can cost.
//
// Contract: pure; owns the body. Known members must stand once and be of their type. Input is
// bounded by bytes, as in ChatRequest, with an overhead for each item and each tool; images in the
// body are bound by their vendor's formula. What an item calls encrypted counts its bytes.
// Tools that run at the provider may have it read all of the input again each time: their number is
// `max_tool_calls`, written where none is stated, and one more round is bound for each.
// Limitations: images by URL, files and everything that is kept at the provider are bound by the
// model's whole context.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/llm/dialect.h"
#include "gateway/llm/splice.h"
#include "pricing/image_tokens.h"

namespace ringfence::llm {

inline constexpr std::int64_t kResponseOverheadTokens = 128;
inline constexpr std::int64_t kItemOverheadTokens = 16;
inline constexpr std::int64_t kResponseToolOverheadTokens = 64;
inline constexpr std::int64_t kToolCallsDefault = 8;
inline constexpr std::int64_t kToolCallsMax = 1'000'000;
inline constexpr std::size_t kObjectNamesMax = 1'024;  // of one request
inline constexpr std::string_view kResponsesCapField = "max_output_tokens";

class ResponsesRequest : public CallRequest {
 public:
  // Errors: `invalid`, with the member in `where`.
  static Result<std::unique_ptr<ResponsesRequest>> parse(std::string body);

  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::optional<std::int64_t> counted_input(Vocabulary vocabulary) const override;
  std::optional<std::int64_t> image_tokens(std::string_view model) const override;
  std::string upstream_target(const Rewrite&) const override { return "/responses"; }

 private:
  friend class ResponsesReader;
  // Where a member's value stands; absent when the member does.
  using Place = std::optional<Splice::Range>;
  struct Image {
    ImageSize size;
    ImageDetail detail;
    std::string_view url;  // as it stands in the body
  };

  std::string body_;
  std::vector<Image> images_;
  CallFacts facts_;
  std::size_t members_begin_ = 0;  // behind the opening brace
  Place model_, cap_, tool_calls_;
  bool write_tool_calls_ = false;
};

}  // namespace ringfence::llm
