// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/pass_headers.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

http::Headers made(const Pairs& fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(PassHeaders, OnlyTheSafeListGoesUp) {
  const http::Headers up = headers_for_upstream(made({{"Host", "us"},
                                                      {"Authorization", "Bearer secret"},
                                                      {"x-api-key", "secret"},
                                                      {"Cookie", "secret"},
                                                      {"X-Ringfence-Admission", "strict"},
                                                      {"Content-Type", "application/json"},
                                                      {"User-Agent", "OpenAI/Python 2"},
                                                      {"X-Stainless-Lang", "python"},
                                                      {"OpenAI-Organization", "org"},
                                                      {"Accept-Encoding", "gzip, br"},
                                                      {"Connection", "keep-alive"},
                                                      {"Content-Length", "5"}}));
  EXPECT_EQ(up, made({{"Content-Type", "application/json"},
                      {"User-Agent", "OpenAI/Python 2"},
                      {"X-Stainless-Lang", "python"},
                      {"OpenAI-Organization", "org"},
                      {"Accept-Encoding", "identity"}}));
}

TEST(PassHeaders, OnlyTheSafeListComesDown) {
  const http::Headers down = headers_for_client(made({{"Content-Type", "text/event-stream"},
                                                      {"Set-Cookie", "a=b"},
                                                      {"Transfer-Encoding", "chunked"},
                                                      {"Content-Length", "7"},
                                                      {"Connection", "close"},
                                                      {"X-Request-Id", "req_1"},
                                                      {"OpenAI-Processing-Ms", "5"},
                                                      {"x-ringfence-cost", "forged"},
                                                      {"Server", "x"}}));
  EXPECT_EQ(down, made({{"Content-Type", "text/event-stream"},
                        {"X-Request-Id", "req_1"},
                        {"OpenAI-Processing-Ms", "5"}}));
}

TEST(PassHeaders, LabelsAreBounded) {
  http::Headers headers = made({{"X-Ringfence-Label-Task", "t1"},
                                {"x-claude-code-session-id", "s"},
                                {"x-ringfence-label-long", std::string(129, 'a')},
                                {"x-ringfence-label-bad", "\xFF"},
                                {"x-ringfence-label-", "nameless"}});
  const auto labels = labels_of(headers);
  ASSERT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels[0], (std::pair<std::string, std::string>{"task", "t1"}));
  EXPECT_EQ(labels[1], (std::pair<std::string, std::string>{"claude-code-session-id", "s"}));
  for (int i = 0; i < 100; ++i) headers.add("x-ringfence-label-" + std::to_string(i), "v");
  EXPECT_EQ(labels_of(headers).size(), kLabelsMax);
}

}  // namespace
}  // namespace ringfence::llm
