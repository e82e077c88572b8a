// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/pass_headers.h"

#include <algorithm>
#include <initializer_list>

#include "base/utf8.h"

namespace ringfence::llm {
namespace {

bool listed(const std::string& name, std::initializer_list<std::string_view> names,
            std::initializer_list<std::string_view> prefixes) {
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(prefixes, [&](std::string_view p) { return name.starts_with(p); });
}

bool goes_up(const std::string& name) {
  return listed(name,
                {"content-type", "accept", "user-agent", "x-request-id", "traceparent",
                 "tracestate", "x-client-request-id", "idempotency-key", "x-goog-api-client",
                 "x-server-timeout", "anthropic-version", "anthropic-beta"},
                {"openai-", "x-stainless-"});
}

bool goes_down(const std::string& name) {
  return listed(
      name,
      {"content-type", "content-encoding", "x-request-id", "request-id", "retry-after",
       "retry-after-ms", "x-should-retry", "cache-control", "date", "x-gemini-service-tier"},
      {"openai-", "x-ratelimit-", "anthropic-"});
}

http::Headers only(const http::Headers& headers, bool (*passes)(const std::string&)) {
  http::Headers out;
  for (const http::Headers::Field& field : headers) {
    if (passes(http::to_lower(field.name))) out.add(field.name, field.value);
  }
  return out;
}

}  // namespace

http::Headers headers_for_upstream(const http::Headers& from_client) {
  http::Headers out = only(from_client, goes_up);
  out.set("Accept-Encoding", "identity");
  if (!out.contains("Content-Type")) out.set("Content-Type", "application/json");
  return out;
}

http::Headers headers_for_client(const http::Headers& from_upstream) {
  return only(from_upstream, goes_down);
}

std::vector<std::pair<std::string, std::string>> labels_of(const http::Headers& from_client) {
  constexpr std::string_view kPrefix = "x-ringfence-label-";
  std::vector<std::pair<std::string, std::string>> labels;
  for (const http::Headers::Field& field : from_client) {
    if (labels.size() == kLabelsMax) break;
    const std::string name = http::to_lower(field.name);
    std::string label;
    if (name.starts_with(kPrefix)) label = name.substr(kPrefix.size());
    if (name.starts_with("x-claude-code-")) label = name.substr(2);
    if (label.empty() || label.size() > kLabelBytesMax) continue;
    if (field.value.size() > kLabelBytesMax || !valid_utf8(field.value)) continue;
    labels.emplace_back(std::move(label), field.value);
  }
  return labels;
}

}  // namespace ringfence::llm
