// SPDX-License-Identifier: Apache-2.0
// AnthropicRequest: one `POST /v1/messages`, read for what it can cost.
//
// Contract: pure; owns the body. Known members must stand once and be of their type. Input is
// bounded by bytes, as for every byte-pair vocabulary, and by what the provider puts around it:
// kAnthropicCallTokens, a share for each message and tool, a prompt of its own where there are
// tools, and a second copy of an output schema.
// Limitations: a model's context is what its price says, also where a beta opens a larger one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/llm/dialect.h"
#include "gateway/llm/splice.h"
#include "pricing/image_size.h"

namespace ringfence::llm {

inline constexpr std::int64_t kAnthropicCallTokens = 128;
inline constexpr std::int64_t kSchemaTokens = 512;
// Beside the thinking budget, a clamp leaves this much for the answer.
inline constexpr std::int64_t kAnswerTokensMin = 256;

class AnthropicRequest : public CallRequest {
 public:
  // Errors: `invalid`, with the member in `where`.
  static Result<std::unique_ptr<AnthropicRequest>> parse(const WireRequest& head, std::string body);

  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::string upstream_target(const Rewrite&) const override { return target_; }
  std::optional<std::int64_t> image_tokens(std::string_view model) const override;
  std::optional<CountProbe> count_probe(const Rewrite& rewrite) const override;

 private:
  friend class AnthropicReader;
  struct Edit {
    Splice::Range range;
    std::string with;
  };

  std::string body_;
  std::string target_;
  CallFacts facts_;
  std::optional<Splice::Range> model_, max_tokens_;
  std::vector<Edit> use_caps_;  // of hosted tools without one
  std::vector<ImageSize> images_;
};

// POST /v1/messages/count_tokens: nothing but its model matters.
class AnthropicCountRequest : public CallRequest {
 public:
  static Result<std::unique_ptr<AnthropicCountRequest>> parse(const WireRequest& head,
                                                              std::string body);
  const CallFacts& facts() const override { return facts_; }
  std::string rewritten(const Rewrite& rewrite) const override;
  std::string upstream_target(const Rewrite&) const override { return target_; }

 private:
  std::string body_;
  std::string target_;
  CallFacts facts_;
  Splice::Range model_;
};

}  // namespace ringfence::llm
