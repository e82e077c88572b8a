// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_embeddings.h"

#include <algorithm>

#include "gateway/llm/openai_embeddings_request.h"

namespace ringfence::llm {
namespace {

void read_usage(JsonSlice usage, Seen& seen) {
  Counts counts;
  std::optional<std::int64_t> prompt, total;
  if (!usage.is(JsonKind::object)) {
    counts.refuse();
  } else {
    for (JsonMembers members(usage); members.next();) {
      if (members.key_is("prompt_tokens")) counts.take(members.value(), prompt);
      if (members.key_is("total_tokens")) counts.take(members.value(), total);
    }
  }
  if (counts.nonsense() || !prompt) {
    seen.usage_state = UsageState::nonsense;
    return;
  }
  seen.state(Usage{}.set(Dimension::input, std::max(*prompt, total.value_or(0))));
}

}  // namespace

void EmbeddingsMeter::read(JsonSlice root, Seen& seen) {
  for (JsonMembers members(root); members.next();) {
    const JsonSlice value = members.value();
    if (value.is(JsonKind::null)) continue;
    if (members.key_is("usage")) read_usage(value, seen);
    if (members.key_is("error")) seen.error = true;
  }
}

Result<std::unique_ptr<CallRequest>> OpenAiEmbeddings::parse(const WireRequest&,
                                                             std::string body) const {
  auto request = EmbeddingsRequest::parse(std::move(body));
  if (!request) return std::unexpected(request.error());
  return std::unique_ptr<CallRequest>(*std::move(request));
}

// An answer that comes as a stream is none of this wire's: it is damaged to a body's meter.
std::unique_ptr<AnswerMeter> OpenAiEmbeddings::meter(const CallFacts&, bool) const {
  return std::make_unique<EmbeddingsMeter>();
}

}  // namespace ringfence::llm
