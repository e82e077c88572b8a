// SPDX-License-Identifier: Apache-2.0
// GeminiRequest: one call of generateContent, streamGenerateContent or countTokens, read for what
// it can cost.
//
// Contract: pure; owns the body. Known members must stand once, in whichever of their two spellings
// (gemini_names), and be of their type. Input is bounded by bytes, as Google's vocabularies fall
// back to bytes: no token is shorter than one. On top come the overheads below. `maxOutputTokens`
// bounds thoughts and answer together.
// Images in the body are bound by Google's formula.
// Limitations: other media, kept content and continuations are bound by the model's whole context.
// Thought signatures count by their bytes. Only the older search, billed once a prompt, is bounded;
// every other tool that runs at Google has no cap on how often it runs, and is `unbounded`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/llm/dialect.h"
#include "gateway/llm/gemini_target.h"
#include "gateway/llm/splice.h"
#include "pricing/image_tokens.h"

namespace ringfence::llm {

inline constexpr std::int64_t kGeminiCallTokens = 128;
inline constexpr std::int64_t kGeminiContentTokens = 16;
inline constexpr std::int64_t kGeminiToolTokens = 64;
inline constexpr std::int64_t kGeminiCandidatesMax = 128;
// What an answer needs at least, and what it needs where it is an image (one of 4K has 2,520).
inline constexpr std::int64_t kGeminiAnswerTokens = 256;
inline constexpr std::int64_t kGeminiImageTokens = 4'096;

class GeminiRequest : public CallRequest {
 public:
  // Errors: `invalid`, with the member in `where`.
  static Result<std::unique_ptr<GeminiRequest>> parse(GeminiTarget target, std::string body);

  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::optional<std::int64_t> image_tokens(std::string_view model) const override;
  std::string upstream_target(const Rewrite& rewrite) const override;
  std::optional<CountProbe> count_probe(const Rewrite& rewrite) const override;

 private:
  friend class GeminiReader;
  // Where an object stands, so that a member can be put into it.
  struct Opened {
    std::size_t begin = 0;  // behind its brace
    bool empty = true;
  };

  void splice_models(std::string_view name, Splice& splice) const;
  void splice_cap(std::int64_t cap, Splice& splice) const;

  GeminiTarget target_;
  std::string body_;
  CallFacts facts_;
  std::vector<ImageSize> images_;
  bool sharpest_ = false;  // a resolution is asked for: the highest is assumed
  Opened root_;
  std::vector<Splice::Range> models_;  // the body's own words for the model
  bool root_names_model_ = false;
  std::optional<Opened> generation_;
  std::optional<Splice::Range> generation_null_;
  std::optional<Splice::Range> cap_;  // a number or null
};

// Whether Google Search is billed once for a prompt, as for all models before Gemini 3.
bool search_billed_by_prompt(std::string_view model);

}  // namespace ringfence::llm
