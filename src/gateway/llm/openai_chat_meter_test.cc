// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_meter.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

Seen usage_of(const std::string& usage) {
  Seen seen;
  EXPECT_TRUE(check_json(usage)) << usage;
  read_chat_usage(json_root(usage), seen);
  return seen;
}

Usage divided(std::int64_t input, std::int64_t cached, std::int64_t output,
              std::int64_t reasoning) {
  return Usage{}
      .set(Dimension::input, input - cached)
      .set(Dimension::cached_input, cached)
      .set(Dimension::output, output - reasoning)
      .set(Dimension::reasoning, reasoning);
}

TEST(ChatUsage, ReadsEveryDimension) {
  const Seen seen =
      usage_of(R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,)"
               R"("prompt_tokens_details":{"cached_tokens":40,"audio_tokens":0},)"
               R"("completion_tokens_details":{"reasoning_tokens":20,"audio_tokens":0,)"
               R"("accepted_prediction_tokens":1,"rejected_prediction_tokens":2}})");
  EXPECT_EQ(seen.usage_state, UsageState::stated);
  EXPECT_EQ(seen.usage, divided(100, 40, 50, 20));
  EXPECT_TRUE(seen.hidden_output);
}

TEST(ChatUsage, TakesTheLargerWhereReasoningIsKeptApart) {
  EXPECT_EQ(usage_of(R"({"prompt_tokens":10,"completion_tokens":5,)"
                     R"("completion_tokens_details":{"reasoning_tokens":9}})")
                .usage.output(),
            14);
  EXPECT_EQ(
      usage_of(R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":40})").usage.output(),
      30);
}

TEST(ChatUsage, TakesEachKindOutOfItsWhole) {
  const Seen seen = usage_of(R"({"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":)"
                             R"({"cached_tokens":1,"cache_write_tokens":2,"audio_tokens":3},)"
                             R"("completion_tokens_details":{"audio_tokens":4}})");
  EXPECT_EQ(seen.usage, Usage{}
                            .set(Dimension::input, 4)
                            .set(Dimension::cached_input, 1)
                            .set(Dimension::cache_write_5m, 2)
                            .set(Dimension::audio_input, 3)
                            .set(Dimension::output, 1)
                            .set(Dimension::audio_output, 4));
  EXPECT_FALSE(seen.unknown_dimension);
}

TEST(ChatUsage, FlagsTokensOfAKindThatNoPriceKnows) {
  EXPECT_TRUE(usage_of(R"({"prompt_tokens":10,"completion_tokens":5,)"
                       R"("prompt_tokens_details":{"video_tokens":1}})")
                  .unknown_dimension);
}

TEST(ChatUsage, NonsenseIsNotRead) {
  for (const char* usage :
       {R"("many")", R"([])", R"({})", R"({"prompt_tokens":1})", R"({"completion_tokens":1})",
        R"({"prompt_tokens":"1","completion_tokens":1})",
        R"({"prompt_tokens":1,"completion_tokens":-1})",
        R"({"prompt_tokens":1,"completion_tokens":1.0})",
        R"({"prompt_tokens":1,"completion_tokens":1e3})",
        R"({"prompt_tokens":1,"completion_tokens":99999999999999999999})",
        R"({"prompt_tokens":1,"completion_tokens":1,"completion_tokens":0})",
        R"({"prompt_tokens":1,"completion_tokens":null})",
        R"({"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":7})",
        R"({"prompt_tokens":1,"completion_tokens":1,)"
        R"("prompt_tokens_details":{"cached_tokens":-1}})"}) {
    EXPECT_EQ(usage_of(usage).usage_state, UsageState::nonsense) << usage;
  }
}

constexpr std::string_view kHello =
    R"(data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"h\u00e9llo"}}],)"
    R"("usage":null})"
    "\n\n";
constexpr std::string_view kTool =
    R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1",)"
    R"("type":"function",)"
    R"("function":{"name":"f","arguments":"{\"a\":1}"}}]}}]})"
    "\n\n";
constexpr std::string_view kUsage =
    R"(data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})"
    "\n\n";
constexpr std::string_view kDone = "data: [DONE]\n\n";

struct Streamed {
  std::string out;
  Seen seen;
};

Streamed stream(const std::string& text, bool usage_asked, std::size_t piece) {
  ChatStreamMeter meter(usage_asked);
  Streamed result;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    meter.feed(std::string_view(text).substr(at, piece), result.out);
  }
  meter.end(result.out);
  result.seen = meter.seen();
  return result;
}

std::string join(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

TEST(ChatStreamMeter, StripsItsOwnUsageChunkAndNothingElse) {
  const std::string text = join({": hi\n\n", kHello, kTool, kUsage, kDone});
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const Streamed got = stream(text, false, piece);
    EXPECT_EQ(got.out, join({": hi\n\n", kHello, kTool, kDone}));
    EXPECT_EQ(stream(text, true, piece).out, text);
    EXPECT_EQ(got.seen.usage_state, UsageState::stated);
    EXPECT_EQ(got.seen.usage, divided(7, 0, 3, 0));
    EXPECT_EQ(got.seen.text_bytes_max, 6 + 1 + 7);
    EXPECT_EQ(got.seen.text_bytes_min, 6 + 7);
    EXPECT_TRUE(got.seen.finished);
    EXPECT_FALSE(got.seen.damaged);
    EXPECT_FALSE(got.seen.hidden_output);
  }
}

TEST(ChatStreamMeter, LeavesOtherChunksWithoutChoices) {
  const std::string text = join({"data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n", kDone});
  EXPECT_EQ(stream(text, false, 9).out, text);
}

TEST(ChatStreamMeter, SeesReasoningErrorsTiersAndDamage) {
  EXPECT_TRUE(
      stream("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n", false, 50)
          .seen.hidden_output);
  EXPECT_FALSE(
      stream("data: {\"choices\":[{\"delta\":{\"reasoning_content\":null}}]}\n\n", false, 50)
          .seen.hidden_output);
  EXPECT_TRUE(stream("data: {\"error\":{\"message\":\"x\"}}\n\n", false, 50).seen.error);
  EXPECT_TRUE(stream("data: {\"service_tier\":\"priority\"}\n\n", false, 50).seen.service_tier ==
              "priority");
  EXPECT_EQ(stream("data: {\"service_tier\":\"default\"}\n\n", false, 50).seen.service_tier,
            "default");
  const Streamed garbage = stream("data: {\"choices\n\n", false, 50);
  EXPECT_TRUE(garbage.seen.damaged);
  EXPECT_EQ(garbage.seen.text_bytes_max, 9);
  EXPECT_EQ(garbage.out, "data: {\"choices\n\n");
  EXPECT_TRUE(stream("data: 5\n\n", false, 50).seen.damaged);
  EXPECT_TRUE(stream("data: {}\n\ndata: {", false, 50).seen.damaged);
}

TEST(ChatStreamMeter, WhatIsHeldBackCountsAtACut) {
  ChatStreamMeter meter(false);
  std::string out;
  meter.feed(std::string(kHello) + "data: {\"choices\":[", out);
  EXPECT_EQ(out, kHello);
  EXPECT_EQ(meter.seen().text_bytes_max, 6);
  EXPECT_EQ(meter.seen_at_cut().text_bytes_max, 6 + 18);
  EXPECT_TRUE(ChatBodyMeter().seen_at_cut().damaged);
}

TEST(ChatBodyMeter, ReadsAWholeBody) {
  const std::string body =
      R"({"choices":[{"message":{"role":"assistant","content":"abc","refusal":null}}],)"
      R"("service_tier":"default","usage":{"prompt_tokens":7,"completion_tokens":3}})";
  ChatBodyMeter meter;
  std::string out;
  for (const char c : body) meter.feed(std::string_view(&c, 1), out);
  meter.end(out);
  EXPECT_EQ(out, body);
  EXPECT_EQ(meter.seen().usage, divided(7, 0, 3, 0));
  EXPECT_EQ(meter.seen().text_bytes_max, 3);
  EXPECT_EQ(meter.seen().text_bytes_min, 3);
  EXPECT_TRUE(meter.seen().finished);
}

TEST(ChatBodyMeter, GarbageIsDamage) {
  for (const char* body : {"<html>", "", "[]", "{\"usage\":"}) {
    ChatBodyMeter meter;
    std::string out;
    meter.feed(body, out);
    meter.end(out);
    EXPECT_TRUE(meter.seen().damaged) << body;
    EXPECT_EQ(meter.seen().usage_state, UsageState::missing) << body;
  }
}

}  // namespace
}  // namespace ringfence::llm
