// SPDX-License-Identifier: Apache-2.0
#include "http/message_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace ringfence::http {
namespace {

// Reads one answer that arrives in two parts: "status body" with "+" if the connection may be kept,
// or "refused".
std::string read_answer(std::string_view bytes, std::size_t cut, bool to_head = false) {
  ResponseParser parser(MessageLimits{}, to_head);
  std::size_t known = cut;  // bytes that have come
  std::size_t at = 0;
  for (;;) {
    const auto size = parser.head(bytes.substr(0, known));
    if (!size) return "refused";
    at = *size;
    if (at > 0) break;
    if (known == bytes.size()) return "incomplete";
    known = bytes.size();
  }
  std::string body;
  while (!parser.done()) {
    const auto piece = parser.body(bytes.substr(at, known - at));
    if (!piece) return "refused";
    body += piece->data;
    at += piece->consumed;
    if (piece->consumed > 0 || piece->done) continue;
    if (known < bytes.size()) {
      known = bytes.size();
    } else if (!parser.end_of_stream()) {
      return "incomplete";
    }
  }
  if (at != bytes.size()) return "rest: " + std::string(bytes.substr(at));
  return std::to_string(parser.message().status) + " " + body +
         (parser.message().keep_alive ? "+" : "");
}

TEST(ResponseParser, FramingsWhereverTheyAreSplit) {
  struct Case {
    std::string bytes;
    const char* expected;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const Case& c :
       {Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello+"},
        Case{"HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "200 "},
        Case{chunked + "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nT: x\r\n\r\n", "200 hello!+"},
        Case{chunked + "0\r\n\r\n", "200 +"}, Case{chunked + "5\r\nhel", "incomplete"},
        Case{chunked + "5\r\nhello\r\n", "incomplete"},
        Case{"HTTP/1.1 200 OK\r\n\r\nuntil the end", "200 until the end"},
        Case{"HTTP/1.0 200 OK\r\n\r\nuntil the end", "200 until the end"},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "incomplete"},
        Case{"HTTP/1.1 204 No Content\r\n\r\n", "204 +"},
        Case{"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304 +"},
        Case{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", "200 x+"},
        Case{"HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\n{}", "429 {}+"},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "rest: y"}}) {
    for (std::size_t cut = 0; cut <= c.bytes.size(); ++cut) {
      EXPECT_EQ(read_answer(c.bytes, cut), c.expected) << c.bytes << " cut at " << cut;
    }
  }
}

TEST(ResponseParser, AnAnswerToHeadHasNoBodyWhateverItSays) {
  EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 10, true), "200 +");
  EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 10, true),
            "200 +");
}

TEST(ResponseParser, HostileAnswersAreRefused) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes : {
           ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
           ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
           ok + "Content-Length: -1\r\n\r\n",
           ok + "Content-Length: 1x\r\n\r\nx",
           ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
           ok + "Transfer-Encoding: chunked, gzip\r\n\r\n",
           ok + "A: b\r\n folded\r\n\r\n",
           ok + "A : b\r\n\r\n",
           ok + "A: b\nC: d\r\n\r\n",
           ok + "A: \x01\r\n\r\n",
           ok + std::string("A: \0\r\n\r\n", 8),
           ok + "A: " + std::string(70'000, 'x') + "\r\n\r\n",
           std::string("HTTP/2 200 OK\r\n\r\n"),
           std::string("HTTP/1.1 20 OK\r\n\r\n"),
           std::string("HTTP/1.1 2000 OK\r\n\r\n"),
           std::string("ICY 200 OK\r\n\r\n"),
           std::string("\x16\x03\x01\x02"),
           std::string("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           chunked + "z\r\n",
           chunked + "1\r\nxy\r\n0\r\n\r\n",
           chunked + "FFFFFFFFFFFFFFFFF\r\n",
           chunked + "1;" + std::string(10'000, 'x') + "\r\nx\r\n0\r\n\r\n",
           chunked + "0\r\nT: " + std::string(10'000, 'x') + "\r\n\r\n",
       }) {
    EXPECT_EQ(read_answer(bytes, bytes.size()), "refused") << bytes.substr(0, 100);
    EXPECT_EQ(read_answer(bytes, bytes.size() / 2), "refused") << bytes.substr(0, 100);
  }
  std::string many = ok;
  for (int i = 0; i < 129; ++i) many += "A: b\r\n";
  EXPECT_EQ(read_answer(many + "\r\n", many.size()), "refused");
}

TEST(RequestParser, BodiesOfPipelinedRequestsAreNotMixed) {
  const std::string two =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  RequestParser first(MessageLimits{});
  const auto head = first.head(two);
  ASSERT_TRUE(head && *head > 0);
  const auto piece = first.body(std::string_view(two).substr(*head));
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->data, "abc");
  EXPECT_TRUE(piece->done);
  RequestParser second(MessageLimits{});
  const auto rest = std::string_view(two).substr(*head + piece->consumed);
  EXPECT_EQ(second.head(rest).value_or(0), rest.size());
  EXPECT_TRUE(second.done());
}

}  // namespace
}  // namespace ringfence::http
