// SPDX-License-Identifier: Apache-2.0
// Frames, whole: tests/golden/top_*.txt. RINGFENCE_GOLDEN=write writes them anew; read the diff.
#include "cli/top_render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "cli/top_json.h"
#include "cli/top_sample.h"

namespace ringfence::top {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct TopFrames : ::testing::Test {
  TopFrames() { view.follow(sample.snapshot, sample.history); }

  Frame frame(std::size_t columns, std::size_t rows) const {
    return render({sample.snapshot, sample.history, view, sample.snapshot.time, trouble, charset},
                  {rows, columns});
  }
  std::string text(std::size_t columns, std::size_t rows) const {
    return frame(columns, rows).text();
  }
  void press(KeyKind kind, std::string_view letter = "") {
    view.press({kind, std::string(letter)}, sample.snapshot, sample.history);
  }

  static void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = "tests/golden/" + name;
    const char* write = std::getenv("RINGFENCE_GOLDEN");
    if (write != nullptr && std::string_view(write) == "write") {
      ASSERT_TRUE(write_file_atomic(path, text, 0644));
    }
    EXPECT_EQ(text, read_file(path, 1 << 20).value_or("no file " + path));
  }

  Sample sample;
  View view;
  std::string trouble;
  Charset charset = Charset::unicode;
};

TEST_F(TopFrames, Small) { expect_golden("top_80x24.txt", text(80, 24)); }

TEST_F(TopFrames, Large) { expect_golden("top_200x50.txt", text(200, 50)); }

TEST_F(TopFrames, Ascii) {
  charset = Charset::ascii;
  expect_golden("top_80x24_ascii.txt", text(80, 24));
}

TEST_F(TopFrames, Stale) {
  trouble = " STALE, 12s old, trying again: nobody answers";
  press(KeyKind::tab);
  expect_golden("top_80x24_stale.txt", text(80, 24));
}

TEST_F(TopFrames, FillTheScreenExactlyAtAnySize) {
  for (const bool help : {false, true}) {
    if (help) press(KeyKind::character, "?");
    for (const std::size_t columns : {1, 39, 40, 41, 60, 79, 80, 81, 99, 100, 119, 120, 200, 500}) {
      for (const std::size_t rows : {1, 2, 9, 10, 11, 12, 13, 24, 33, 34, 35, 50, 200}) {
        const Frame shown = frame(columns, rows);
        ASSERT_EQ(shown.lines.size(), rows) << columns << "x" << rows;
        for (const FrameLine& line : shown.lines) {
          std::size_t cells = 0;
          for (const Span& span : line.spans) cells += cells_of(span.text);
          ASSERT_EQ(cells, columns) << columns << "x" << rows;
        }
      }
    }
  }
}

TEST_F(TopFrames, NothingFromTheRecordReachesTheTerminalRaw) {
  const std::string evil = "\x1b[2J\x07\r\n\u202E";
  for (AccountLine& account : sample.snapshot.accounts) account.path += evil;
  for (StreamLine& stream : sample.snapshot.streams) {
    stream.account = stream.operation = stream.held = stream.live = evil;
  }
  sample.snapshot.version = sample.snapshot.policy_sha256 = sample.snapshot.unready = evil;
  view.follow(sample.snapshot, sample.history);
  trouble = evil;
  for (int pane = 0; pane < 4; ++pane, press(KeyKind::tab)) {
    for (const FrameLine& line : frame(200, 50).lines) {
      for (const Span& span : line.spans) EXPECT_EQ(span.text, harmless(span.text, charset));
    }
  }
  view.say(evil, true);
  EXPECT_THAT(text(80, 24), HasSubstr("?[2J???"));
  EXPECT_THAT(text(80, 24), Not(HasSubstr("\x1b")));
}

TEST_F(TopFrames, SaysHowManyAreNotShown) {
  const AccountLine one = sample.snapshot.accounts[5];
  for (int i = 0; i < 300; ++i) {
    sample.snapshot.accounts.push_back(one);
    sample.snapshot.accounts.back().path = "zeta/" + std::to_string(i);
  }
  sample.snapshot.accounts_truncated = true;
  sample.snapshot.accounts_total = 12'345;
  sample.snapshot.streams_truncated = true;
  sample.snapshot.open_holds = 5'000;
  view.follow(sample.snapshot, sample.history);
  EXPECT_THAT(text(80, 24), HasSubstr("ACCOUNTS 17 of 12,345"));
  EXPECT_THAT(text(200, 50), HasSubstr("live streams 2 of 5,000"));
  press(KeyKind::end);
  EXPECT_THAT(text(80, 24), HasSubstr("zeta/99")) << "the selected one is in sight";
}

TEST_F(TopFrames, WhatIsWrongIsInTheHeader) {
  sample.snapshot.unready = "journal";
  EXPECT_THAT(text(80, 24), HasSubstr("disk full or not writable"));
  sample.snapshot.unready = "draining";
  sample.snapshot.clock_stepped = true;
  EXPECT_THAT(text(80, 24), HasSubstr("clock stepped  not ready: draining"));
}

TEST_F(TopFrames, WhatIsTypedStaysInSight) {
  press(KeyKind::character, "h");
  for (int i = 0; i < 150; ++i) press(KeyKind::character, i == 149 ? "Z" : "x");
  const Frame shown = frame(80, 24);
  EXPECT_EQ(shown.cursor_row, 23U);
  EXPECT_EQ(shown.cursor_column, 79U);
  EXPECT_THAT(shown.text(), HasSubstr("halt /, because: xxx"));
  EXPECT_THAT(shown.text(), HasSubstr("xxZ\n"));
}

TEST_F(TopFrames, TheModelAsJson) {
  const Json json = model_json(sample.snapshot, sample.history);
  const Json& research = json.find("accounts")->array()->at(2);
  EXPECT_EQ(research.find("walls")->text(),
            R"([{"unit":"usd","window":"day","cap":"8.00","settled":"7.00","held":"0.50",)"
            R"("left":"0.50","burn_per_minute":"3.00","seconds_to_wall":10}])");
  EXPECT_EQ(json.find("refusals_last_minute")->text(), "42");
  EXPECT_EQ(json.find("halts")->array()->size(), 1U);
}

}  // namespace
}  // namespace ringfence::top
