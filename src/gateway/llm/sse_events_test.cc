// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/sse_events.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringfence::llm {
namespace {

struct Cut {
  std::vector<std::string> raw, data;
  std::string rest;
  bool overlong = false;
};

// Feeds `stream` in pieces of `size` bytes.
Cut cut(std::string_view stream, std::size_t size) {
  SseEvents events;
  Cut out;
  while (!stream.empty()) {
    std::string_view bytes = stream.substr(0, size);
    stream.remove_prefix(bytes.size());
    for (SseEvents::Piece piece; events.next(bytes, piece);) {
      out.raw.emplace_back(piece.raw);
      if (piece.has_data) out.data.emplace_back(piece.data);
      out.overlong = out.overlong || piece.overlong;
    }
    EXPECT_TRUE(bytes.empty());
  }
  out.rest = events.rest();
  return out;
}

std::string joined(const Cut& cut) {
  std::string all;
  for (const std::string& raw : cut.raw) all += raw;
  return all + cut.rest;
}

using Strings = std::vector<std::string>;

TEST(SseEvents, CutsAtBlankLinesOfEveryKind) {
  const std::string stream =
      "data: a\n\n"
      "event: x\r\ndata: b\r\ndata:c\r\n\r\n"
      "data: d\rdata:  e\r\r"
      ": comment\n\n"
      "data\n\n"
      "database: no\n\n"
      "data: [DONE]\n\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    const Cut got = cut(stream, size);
    EXPECT_EQ(joined(got), stream) << size;
    EXPECT_EQ(got.data, (Strings{"a", "b\nc", "d\n e", "", "[DONE]"})) << size;
    EXPECT_EQ(got.rest, "") << size;
  }
}

TEST(SseEvents, AByteOrderMarkIsNoPartOfTheFirstField) {
  EXPECT_EQ(cut("\xEF\xBB\xBF"
                "data: a\n\n",
                1)
                .data,
            Strings{"a"});
}

TEST(SseEvents, KeepsWhatIsUnfinished) {
  const Cut got = cut("data: a\n\ndata: b\n", 3);
  EXPECT_EQ(got.data, Strings{"a"});
  EXPECT_EQ(got.rest, "data: b\n");
}

TEST(SseEvents, PassesAnOverlongEventInPieces) {
  const std::string stream =
      "data: a\n\ndata: " + std::string(3 * kEventBytesMax, 'x') + "\n\ndata: b\n\n";
  for (const std::size_t size : {std::size_t{1000}, std::size_t{70'001}, stream.size()}) {
    const Cut got = cut(stream, size);
    EXPECT_TRUE(joined(got) == stream) << size;
    EXPECT_TRUE(got.overlong);
    EXPECT_TRUE(got.data == (Strings{"a", "b"})) << size;
  }
}

TEST(SseEvents, TellsWhereOneOfOursMayStand) {
  SseEvents events;
  SseEvents::Piece piece;
  const auto feed = [&](std::string_view bytes) {
    while (events.next(bytes, piece)) {
    }
  };
  feed("data: a\n\ndata: b");
  EXPECT_TRUE(events.between_events());
  feed(std::string(kEventBytesMax, 'x'));
  EXPECT_FALSE(events.between_events());
  feed("\n\n");
  EXPECT_TRUE(events.between_events());
}

}  // namespace
}  // namespace ringfence::llm
