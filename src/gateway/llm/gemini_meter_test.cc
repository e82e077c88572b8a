// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_meter.h"

#include <gtest/gtest.h>

#include "gateway/llm/gemini.h"
#include "gateway/llm/gemini_usage.h"

namespace ringfence::llm {
namespace {

Seen usage_of(const std::string& usage) {
  Seen seen;
  EXPECT_TRUE(check_json(usage)) << usage;
  read_gemini_usage(json_root(usage), seen);
  return seen;
}

TEST(GeminiUsage, ThoughtsAreBesideTheAnswerAndToolsBesideThePrompt) {
  const Seen seen = usage_of(
      R"({"promptTokenCount":100,"cachedContentTokenCount":40,"toolUsePromptTokenCount":7,)"
      R"("candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":157})");
  EXPECT_EQ(seen.usage_state, UsageState::stated);
  EXPECT_EQ(seen.usage, Usage{}
                            .set(Dimension::input, 67)
                            .set(Dimension::cached_input, 40)
                            .set(Dimension::output, 20)
                            .set(Dimension::reasoning, 30));
  EXPECT_TRUE(seen.hidden_output);
}

TEST(GeminiUsage, AudioAndImagesHaveTheirOwnRates) {
  const Seen seen =
      usage_of(R"({"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":60,)"
               R"("promptTokensDetails":[{"modality":"TEXT","tokenCount":20},{"modality":"AUDIO",)"
               R"("tokenCount":50},{"modality":"IMAGE","tokenCount":30}],)"
               R"("cacheTokensDetails":[{"modality":"AUDIO","tokenCount":10},)"
               R"({"modality":"TEXT","tokenCount":30}],)"
               R"("candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":50},)"
               R"({"modality":"AUDIO","tokenCount":4}]})");
  EXPECT_EQ(seen.usage, Usage{}
                            .set(Dimension::input, 20)
                            .set(Dimension::cached_input, 30)
                            .set(Dimension::audio_input, 40)
                            .set(Dimension::cached_audio_input, 10)
                            .set(Dimension::output, 6)
                            .set(Dimension::image_output, 50)
                            .set(Dimension::audio_output, 4));
  EXPECT_FALSE(seen.unknown_dimension);
  // All of it was audio: so was what the cache gave.
  EXPECT_EQ(usage_of(R"({"promptTokenCount":100,"cachedContentTokenCount":40,)"
                     R"("promptTokensDetails":[{"modality":"AUDIO","tokenCount":100}]})")
                .usage,
            Usage{}.set(Dimension::audio_input, 60).set(Dimension::cached_audio_input, 40));
}

TEST(GeminiUsage, WhatIsLeftOutIsZeroAndTheTotalMayTellMore) {
  EXPECT_EQ(usage_of(R"({"promptTokenCount":9,"totalTokenCount":9})").usage,
            Usage{}.set(Dimension::input, 9));
  EXPECT_EQ(usage_of(R"({"promptTokenCount":9,"totalTokenCount":29})").usage.output(), 20);
  EXPECT_EQ(usage_of(R"({"promptTokenCount":9,"candidatesTokenCount":5,"totalTokenCount":2})")
                .usage.output(),
            5);
}

TEST(GeminiUsage, TellsTheTierAndKindsWithoutAPrice) {
  EXPECT_EQ(usage_of(R"({"promptTokenCount":1,"serviceTier":"FLEX"})").service_tier, "flex");
  EXPECT_EQ(usage_of(R"({"promptTokenCount":1,"trafficType":"ON_DEMAND"})").service_tier,
            "standard");
  EXPECT_EQ(usage_of(R"({"promptTokenCount":1,"trafficType":"ON_DEMAND_PRIORITY"})").service_tier,
            "priority");
  EXPECT_TRUE(usage_of(R"({"promptTokenCount":1,"promptTokensDetails":)"
                       R"([{"modality":"SMELL","tokenCount":1}]})")
                  .unknown_dimension);
  EXPECT_TRUE(usage_of(R"({"candidatesTokenCount":1,"candidatesTokensDetails":)"
                       R"([{"modality":"VIDEO","tokenCount":1}]})")
                  .unknown_dimension);
}

TEST(GeminiUsage, NonsenseIsNotRead) {
  for (const char* usage :
       {R"("many")", R"([])", R"({"promptTokenCount":"1"})", R"({"promptTokenCount":-1})",
        R"({"promptTokenCount":1.5})", R"({"promptTokenCount":99999999999999999999})",
        R"({"promptTokenCount":1,"promptTokenCount":2})",
        R"({"promptTokenCount":1,"cachedContentTokenCount":2})",
        R"({"promptTokenCount":1,"promptTokensDetails":5})",
        R"({"promptTokenCount":1,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":2}]})",
        R"({"candidatesTokenCount":1,"candidatesTokensDetails":)"
        R"([{"modality":"IMAGE","tokenCount":2}]})"}) {
    EXPECT_EQ(usage_of(usage).usage_state, UsageState::nonsense) << usage;
  }
}

constexpr std::string_view kHello =
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\\u00e9llo\"}],\"role\":"
    "\"model\"},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":7,\"totalTokenCount\":7}}"
    "\r\n\r\n";
constexpr std::string_view kCall =
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":"
    "{\"a\":1}}}],\"role\":\"model\"}}],\"usageMetadata\":{\"promptTokenCount\":7,"
    "\"candidatesTokenCount\":2}}\r\n\r\n";
constexpr std::string_view kLast =
    "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":7,"
    "\"candidatesTokenCount\":5,\"totalTokenCount\":12}}\r\n\r\n";

struct Streamed {
  std::string out;
  Seen seen;
};

Streamed stream(const std::string& text, std::size_t piece = 50, bool search_by_prompt = false) {
  GeminiStreamMeter meter(search_by_prompt);
  Streamed result;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    meter.feed(std::string_view(text).substr(at, piece), result.out);
    EXPECT_FALSE(meter.seen().finished);
  }
  meter.end(result.out);
  result.seen = meter.seen();
  return result;
}

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }

TEST(GeminiStreamMeter, PassesEverythingAndTakesTheLastCounts) {
  const std::string text =
      ": hi\n\n" + std::string(kHello) + std::string(kCall) + std::string(kLast);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const Streamed got = stream(text, piece);
    EXPECT_EQ(got.out, text);
    EXPECT_EQ(got.seen.usage, Usage{}.set(Dimension::input, 7).set(Dimension::output, 5));
    EXPECT_EQ(got.seen.text_bytes_max, 6 + 27);
    EXPECT_EQ(got.seen.text_bytes_min, 6 + 1);
    EXPECT_TRUE(got.seen.finished);
    EXPECT_FALSE(got.seen.damaged);
    EXPECT_FALSE(got.seen.hidden_output);
  }
}

TEST(GeminiStreamMeter, EndsOnlyBehindAReason) {
  EXPECT_FALSE(stream(std::string(kHello)).seen.finished);
  EXPECT_TRUE(stream(std::string(kHello) + std::string(kLast)).seen.finished);
  const Streamed blocked =
      stream(event(R"({"promptFeedback":{"blockReason":"SAFETY"},)"
                   R"("usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}})"));
  EXPECT_TRUE(blocked.seen.finished);
  EXPECT_EQ(blocked.seen.usage.input(), 9);
  EXPECT_FALSE(stream(event(R"({"promptFeedback":{}})")).seen.finished);
  EXPECT_TRUE(stream(std::string(kLast) + "data: {\"cand").seen.damaged);
}

TEST(GeminiStreamMeter, SeesThoughtsErrorsAndDamage) {
  const auto part = [](const std::string& members) {
    return stream(event(R"({"candidates":[{"content":{"parts":[{)" + members + "}]}}]}")).seen;
  };
  EXPECT_TRUE(part(R"("text":"hm","thought":true)").hidden_output);
  EXPECT_EQ(part(R"("text":"hm","thought":true)").text_bytes_min, 0);
  EXPECT_EQ(part(R"("thought":true,"text":"hm")").text_bytes_max, 2);
  EXPECT_TRUE(part(R"("text":"hm","thoughtSignature":"abc")").hidden_output);
  EXPECT_EQ(part(R"("text":"hm","thoughtSignature":"abc")").text_bytes_max, 2);
  EXPECT_FALSE(part(R"("text":"hm","thought":false)").hidden_output);
  EXPECT_TRUE(stream(event(R"({"error":{"code":500}})")).seen.error);
  EXPECT_TRUE(stream(event("5")).seen.damaged);
  const Streamed garbage = stream(event("{\"cand"));
  EXPECT_TRUE(garbage.seen.damaged);
  EXPECT_EQ(garbage.seen.text_bytes_max, 6);
}

TEST(GeminiStreamMeter, CountsEachSearchOnce) {
  const auto grounded = [](const std::string& queries) {
    return event(R"({"candidates":[{"groundingMetadata":{"webSearchQueries":[)" + queries +
                 R"(]}}],"usageMetadata":{"promptTokenCount":7}})");
  };
  const std::string text = grounded(R"("a","b","")") + grounded(R"("a","b","c")");
  EXPECT_EQ(stream(text).seen.usage.get(Dimension::web_search), 3);
  EXPECT_EQ(stream(text, 50, true).seen.usage.get(Dimension::web_search), 1);
  EXPECT_EQ(stream(grounded("")).seen.usage.get(Dimension::web_search), 0);
  EXPECT_TRUE(stream(event(R"({"candidates":[{"groundingMetadata":{"groundingChunks":)"
                           R"([{"maps":{}}]}}]})"))
                  .seen.unknown_dimension);
}

TEST(GeminiStreamMeter, WhatIsHeldBackCountsAtACut) {
  GeminiStreamMeter meter(false);
  std::string out;
  meter.feed(std::string(kHello) + "data: {\"candidates\":[", out);
  EXPECT_EQ(out, kHello);
  EXPECT_TRUE(meter.between_events());
  EXPECT_EQ(meter.seen().text_bytes_max, 6);
  EXPECT_EQ(meter.seen_at_cut().text_bytes_max, 6 + 21);
  EXPECT_TRUE(GeminiBodyMeter(false).seen_at_cut().damaged);
}

Seen body_of(std::string_view body) {
  GeminiBodyMeter meter(false);
  std::string out;
  for (const char c : body) meter.feed(std::string_view(&c, 1), out);
  meter.end(out);
  EXPECT_EQ(out, body);
  return meter.seen();
}

TEST(GeminiBodyMeter, ReadsOneResponseOrAnArrayOfThem) {
  const std::string one =
      R"({"candidates":[{"content":{"parts":[{"text":"abc"}]},"finishReason":"STOP"}],)"
      R"("usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3}})";
  const std::string first = R"({"usageMetadata":{"promptTokenCount":7}})";
  for (const std::string& body : {one, "[" + first + ",\r\n" + one + "\r\n]"}) {
    const Seen seen = body_of(body);
    EXPECT_EQ(seen.usage, Usage{}.set(Dimension::input, 7).set(Dimension::output, 3)) << body;
    EXPECT_EQ(seen.text_bytes_max, 3);
    EXPECT_TRUE(seen.finished);
    EXPECT_FALSE(seen.damaged);
  }
  for (const char* body : {"<html>", "", "5", "[5]", "{\"usageMetadata\":"}) {
    EXPECT_TRUE(body_of(body).damaged) << body;
  }
}

TEST(GeminiCount, ReadsTheTotalAlone) {
  const Gemini gemini;
  EXPECT_EQ(gemini.read_count(R"({"totalTokens":31,"cachedContentTokenCount":2})"), 31);
  for (const char* answer : {"", "{}", "[]", R"({"totalTokens":"31"})", R"({"totalTokens":-1})"}) {
    EXPECT_FALSE(gemini.read_count(answer)) << answer;
  }
}

}  // namespace
}  // namespace ringfence::llm
