// SPDX-License-Identifier: Apache-2.0
// EmbeddingsRequest: the body of one `POST /v1/embeddings`, read for what it can cost.
//
// Contract: pure; owns the body. Input given as numbers is counted number by number: each is one
// token. All else counts its bytes, with kEmbeddingOverheadTokens for each input. Each input has a
// context of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/llm/dialect.h"
#include "gateway/llm/splice.h"

namespace ringfence::llm {

inline constexpr std::int64_t kEmbeddingOverheadTokens = 16;
inline constexpr std::int64_t kEmbeddingCallTokens = 64;

class EmbeddingsRequest : public CallRequest {
 public:
  // Errors: `invalid`, with the member in `where`.
  static Result<std::unique_ptr<EmbeddingsRequest>> parse(std::string body);

  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::optional<std::int64_t> counted_input(Vocabulary vocabulary) const override;
  std::string upstream_target(const Rewrite&) const override { return "/embeddings"; }

 private:
  friend class EmbeddingsReader;

  std::string body_;
  CallFacts facts_;
  Splice::Range model_;
};

}  // namespace ringfence::llm
