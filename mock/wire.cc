// SPDX-License-Identifier: Apache-2.0
#include "wire.h"

#include "anthropic.h"
#include "gemini.h"
#include "openai_chat.h"
#include "openai_embeddings.h"
#include "openai_responses.h"

namespace mock {

std::string bearer(const HttpRequest& request) {
  const auto value = request.header("authorization");
  static constexpr std::string_view kScheme = "Bearer ";
  if (value.size() <= kScheme.size() ||
      !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
    return "-";
  }
  return std::string(value.substr(kScheme.size()));
}

std::string Wire::key(const HttpRequest& request) const { return bearer(request); }

std::unique_ptr<Wire> wire_of(std::string_view path) {
  if (path == "/v1/chat/completions" || path == "/chat/completions") return make_openai_chat();
  if (path == "/v1/responses" || path == "/responses") return make_openai_responses();
  if (path == "/v1/embeddings" || path == "/embeddings") return make_openai_embeddings();
  if (path == "/v1/messages") return make_anthropic_messages(false);
  if (path == "/v1/messages/count_tokens") return make_anthropic_messages(true);
  return make_gemini(path);
}

}  // namespace mock
