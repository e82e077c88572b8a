// SPDX-License-Identifier: Apache-2.0
// ChatRequest: the body of one `POST /v1/chat/completions`, read for what it can cost.
//
// Contract: pure; owns the body. Known members must stand once and be of their type; a name that
// differs from a known one by letter case alone is refused too, since some servers would take it.
// Input is bounded by bytes: a token of a byte-pair vocabulary is at least one byte, and JSON text
// is never shorter than what it encodes. On top come kCallOverheadTokens for what a provider puts
// around the conversation, kMessageOverheadTokens a message and kToolOverheadTokens a tool.
// Images in the body are bound by their vendor's formula.
// Limitations: images by URL and files are bound by the model's whole context.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/llm/dialect.h"
#include "gateway/llm/splice.h"
#include "pricing/image_tokens.h"

namespace ringfence::llm {

inline constexpr std::int64_t kCallOverheadTokens = 128;
inline constexpr std::int64_t kMessageOverheadTokens = 16;
inline constexpr std::int64_t kToolOverheadTokens = 64;
inline constexpr std::int64_t kChoicesMax = 128;

class ChatRequest : public CallRequest {
 public:
  // Errors: `invalid`, with the member in `where`.
  static Result<std::unique_ptr<ChatRequest>> parse(std::string body);

  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::optional<std::int64_t> counted_input(Vocabulary vocabulary) const override;
  std::optional<std::int64_t> image_tokens(std::string_view model) const override;
  std::string upstream_target(const Rewrite&) const override { return "/chat/completions"; }

 private:
  friend class ChatReader;
  // Where a member's value stands; absent when the member does.
  using Place = std::optional<Splice::Range>;
  struct Cap {
    Place place;
    std::optional<std::int64_t> tokens;  // none: null
  };

  struct Image {
    ImageSize size;
    ImageDetail detail;
    std::string_view url;  // as it stands in the body
  };

  void splice_cap(const Rewrite& rewrite, Splice& splice) const;
  void splice_usage(Splice& splice) const;
  Place place_of(std::string_view member) const;

  std::string body_;
  std::vector<Image> images_;
  CallFacts facts_;
  std::size_t members_begin_ = 0;  // behind the opening brace
  Place model_;
  Cap max_tokens_, max_completion_tokens_;
  Place stream_options_;
  bool stream_options_null_ = false;
  bool stream_options_empty_ = false;
  Place include_usage_;
};

}  // namespace ringfence::llm
