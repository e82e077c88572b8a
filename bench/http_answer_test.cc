// SPDX-License-Identifier: Apache-2.0
#include "http_answer.h"

#include <gtest/gtest.h>

namespace ringfence::bench {
namespace {

using State = AnswerReader::State;

constexpr std::string_view kSized =
    "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    "5\r\nhello\r\n10;x=1\r\n, wide old world\r\n0\r\nx-trailer: 1\r\n\r\n";

// Whole only with the last byte, however the bytes are cut.
void expect_any_cut(std::string_view answer, int status, std::string_view body, bool closes) {
  for (std::size_t piece = 1; piece <= answer.size(); ++piece) {
    AnswerReader reader;
    for (std::size_t at = 0; at < answer.size(); at += piece) {
      const bool last = at + piece >= answer.size();
      ASSERT_EQ(reader.take(answer.substr(at, piece)), last ? State::whole : State::more)
          << "pieces of " << piece << " at " << at;
    }
    EXPECT_EQ(reader.status(), status);
    EXPECT_EQ(reader.body(), body);
    EXPECT_EQ(reader.body_bytes(), body.size());
    EXPECT_EQ(reader.closes(), closes);
  }
}

TEST(AnswerReader, Sized) { expect_any_cut(kSized, 201, "{\"a\":1}", false); }

TEST(AnswerReader, Chunked) { expect_any_cut(kChunked, 200, "hello, wide old world", true); }

TEST(AnswerReader, WithoutBody) {
  expect_any_cut("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", 204, "", false);
  expect_any_cut("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false);
}

TEST(AnswerReader, RestartForgets) {
  AnswerReader reader;
  ASSERT_EQ(reader.take(kChunked), State::whole);
  reader.restart();
  ASSERT_EQ(reader.take(kSized), State::whole);
  EXPECT_EQ(reader.body(), "{\"a\":1}");
  EXPECT_FALSE(reader.closes());
}

TEST(AnswerReader, Broken) {
  for (const std::string answer :
       {"HELLO 200 OK and more\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nname\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"}) {
    AnswerReader reader;
    EXPECT_EQ(reader.take(answer), State::broken) << answer;
  }
}

}  // namespace
}  // namespace ringfence::bench
