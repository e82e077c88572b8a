// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_meter.h"

#include <gtest/gtest.h>

#include "gateway/llm/charge.h"

namespace ringfence::llm {
namespace {

CallFacts asking_for(std::initializer_list<Dimension> dimensions) {
  CallFacts facts;
  for (const Dimension d : dimensions) facts.extras.push_back({.dimension = d, .path = "x"});
  return facts;
}

Seen usage_of(const std::string& usage, const CallFacts& facts = {}) {
  Seen seen;
  EXPECT_TRUE(check_json(usage)) << usage;
  AnthropicTotals(facts).read(json_root(usage), seen);
  return seen;
}

std::string event(const std::string& type, const std::string& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
         (members.empty() ? "" : "," + members) + "}\n\n";
}
std::string start(const std::string& usage) {
  return event("message_start", R"("message":{"id":"msg_1","role":"assistant","content":[],)"
                                R"("usage":)" +
                                    usage + "}");
}
std::string text(const std::string& words) {
  return event("content_block_delta",
               R"("index":0,"delta":{"type":"text_delta","text":")" + words + "\"}");
}
std::string delta(const std::string& usage) {
  return event("message_delta", R"("delta":{"stop_reason":"end_turn"},"usage":)" + usage);
}
const std::string kStop = event("message_stop", "");

struct Read {
  std::string out;
  Seen seen;
  Seen at_cut;
  std::vector<std::string> ids;
};
Read read_stream(const std::string& bytes, const CallFacts& facts = {}) {
  AnthropicStreamMeter meter(facts);
  Read read;
  meter.feed(bytes, read.out);
  read.at_cut = meter.seen_at_cut();
  meter.end(read.out);
  read.seen = meter.seen();
  read.ids = meter.object_ids();
  return read;
}
Read read_body(const std::string& bytes, const CallFacts& facts = {}) {
  AnthropicBodyMeter meter(facts);
  Read read;
  meter.feed(bytes, read.out);
  meter.end(read.out);
  read.seen = meter.seen();
  read.ids = meter.object_ids();
  return read;
}

TEST(AnthropicUsage, DimensionsAreDisjoint) {
  const Seen seen = usage_of(
      R"({"input_tokens":40,"cache_creation_input_tokens":30,"cache_read_input_tokens":30,)"
      R"("cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},)"
      R"("output_tokens":12,"output_tokens_details":{"thinking_tokens":7},)"
      R"("server_tool_use":{"web_search_requests":2,"web_fetch_requests":9},)"
      R"("service_tier":"standard","inference_geo":"not_available"})");
  EXPECT_EQ(seen.usage_state, UsageState::stated);
  EXPECT_EQ(seen.usage, Usage{}
                            .set(Dimension::input, 40)
                            .set(Dimension::cached_input, 30)
                            .set(Dimension::cache_write_5m, 20)
                            .set(Dimension::cache_write_1h, 10)
                            .set(Dimension::output, 5)
                            .set(Dimension::reasoning, 7)
                            .set(Dimension::web_search, 2));
  EXPECT_TRUE(seen.hidden_output);
  EXPECT_FALSE(seen.unknown_dimension);
  EXPECT_EQ(seen.service_tier, "standard");
}

TEST(AnthropicUsage, AWriteWithoutItsSplitIsTheDearestThatWasAskedFor) {
  const std::string usage =
      R"({"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":30})";
  EXPECT_EQ(usage_of(usage).usage.get(Dimension::cache_write_5m), 30);
  const Seen hour = usage_of(usage, asking_for({Dimension::cache_write_1h}));
  EXPECT_EQ(hour.usage.get(Dimension::cache_write_5m), 0);
  EXPECT_EQ(hour.usage.get(Dimension::cache_write_1h), 30);
}

TEST(AnthropicUsage, IterationsHaveWhatTheTotalsLeaveOut) {
  const Seen seen = usage_of(R"({"input_tokens":100,"output_tokens":10,"iterations":[)"
                             R"({"type":"compaction","input_tokens":5000,"output_tokens":200,)"
                             R"("cache_read_input_tokens":1},)"
                             R"({"type":"message","input_tokens":100,"output_tokens":10}]})");
  EXPECT_EQ(seen.usage.get(Dimension::input), 5'100);
  EXPECT_EQ(seen.usage.get(Dimension::cached_input), 1);
  EXPECT_EQ(seen.usage.get(Dimension::output), 210);
  EXPECT_FALSE(seen.unknown_dimension);
  EXPECT_TRUE(usage_of(R"({"input_tokens":1,"output_tokens":1,"iterations":[)"
                       R"({"type":"advisor_message","model":"x","input_tokens":9}]})")
                  .unknown_dimension);
}

TEST(AnthropicUsage, CountsOfAnotherKindAreFlagged) {
  for (const char* more : {R"("video_tokens":1)", R"("server_tool_use":{"drone_requests":1})",
                           R"("cache_creation":{"ephemeral_1y_input_tokens":1})"}) {
    EXPECT_TRUE(usage_of(std::string(R"({"input_tokens":1,"output_tokens":1,)") + more + "}")
                    .unknown_dimension)
        << more;
  }
}

TEST(AnthropicUsage, WhatMultipliesAPriceIsATier) {
  const auto tier = [](const char* more) {
    return usage_of(std::string(R"({"input_tokens":1,"output_tokens":1,)") + more + "}")
        .service_tier;
  };
  EXPECT_EQ(tier(R"("service_tier":"priority")"), "priority");
  EXPECT_EQ(tier(R"("service_tier":"standard","inference_geo":"global","speed":"standard")"),
            "standard");
  EXPECT_EQ(tier(R"("service_tier":"standard","speed":"fast")"), "standard+fast");
  EXPECT_EQ(tier(R"("inference_geo":"us")"), "us");
}

TEST(AnthropicUsage, NonsenseIsNotRead) {
  for (const char* usage :
       {R"("many")", R"([])", R"({})", R"({"input_tokens":1})", R"({"output_tokens":1})",
        R"({"input_tokens":"1","output_tokens":1})", R"({"input_tokens":1,"output_tokens":-1})",
        R"({"input_tokens":1,"output_tokens":1.0})",
        R"({"input_tokens":1,"output_tokens":99999999999999999999})",
        R"({"input_tokens":1,"output_tokens":9,"output_tokens":1})",
        R"({"input_tokens":1,"output_tokens":1,"cache_creation":7})",
        R"({"input_tokens":1,"output_tokens":1,"cache_read_input_tokens":true})",
        R"({"input_tokens":1,"output_tokens":1,"iterations":[7]})",
        R"({"input_tokens":1,"output_tokens":1,"output_tokens_details":{"thinking_tokens":2}})",
        R"({"input_tokens":1,"output_tokens":1,"server_tool_use":{"web_search_requests":-1}})"}) {
    EXPECT_EQ(usage_of(usage).usage_state, UsageState::nonsense) << usage;
  }
}

TEST(AnthropicStream, TotalsAreNeverAddedUp) {
  const std::string stream =
      start(R"({"input_tokens":40,"cache_creation_input_tokens":30,"cache_read_input_tokens":5,)"
            R"("cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},)"
            R"("output_tokens":1,"service_tier":"standard"})") +
      event("ping", "") +
      event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
      text("hello") + ": a comment\n\n" + delta(R"({"output_tokens":2})") +
      delta(R"({"input_tokens":40,"cache_creation_input_tokens":30,"cache_read_input_tokens":5,)"
            R"("output_tokens":7})") +
      kStop;
  const Read read = read_stream(stream);
  EXPECT_EQ(read.out, stream);
  EXPECT_TRUE(read.seen.finished);
  EXPECT_EQ(read.seen.usage, Usage{}
                                 .set(Dimension::input, 40)
                                 .set(Dimension::cached_input, 5)
                                 .set(Dimension::cache_write_5m, 20)
                                 .set(Dimension::cache_write_1h, 10)
                                 .set(Dimension::output, 7));
  EXPECT_EQ(read.seen.text_bytes_min, 5);
  EXPECT_EQ(read.seen.text_bytes_max, 5);
  EXPECT_FALSE(read.seen.hidden_output);
  EXPECT_EQ(read.seen.service_tier, "standard");
}

TEST(AnthropicStream, APlaceholderIsNoUsage) {
  const std::string begun = start(R"({"input_tokens":40,"output_tokens":1})") + text("hello");
  EXPECT_FALSE(read_stream(begun).seen.finished);
  EXPECT_EQ(read_stream(begun + kStop).seen.usage_state, UsageState::missing);
  EXPECT_EQ(read_stream(begun + delta("null") + kStop).seen.usage_state, UsageState::missing);
  EXPECT_EQ(read_stream(begun + delta(R"({"output_tokens":3})") + kStop).seen.usage_state,
            UsageState::stated);
}

TEST(AnthropicStream, ThinkingIsNotAllShown) {
  EXPECT_TRUE(read_stream(event("content_block_start",
                                R"("content_block":{"type":"thinking","thinking":""})"))
                  .seen.hidden_output);
  EXPECT_TRUE(read_stream(event("content_block_start",
                                R"("content_block":{"type":"redacted_thinking","data":"x"})"))
                  .seen.hidden_output);
  const Read read = read_stream(
      event("content_block_delta", R"("delta":{"type":"thinking_delta","thinking":"because"})"));
  EXPECT_TRUE(read.seen.hidden_output);
  EXPECT_EQ(read.seen.text_bytes_min, 0);
  EXPECT_EQ(read.seen.text_bytes_max, 7);
}

TEST(AnthropicStream, ArgumentsAreOutput) {
  const Read read = read_stream(
      event("content_block_start",
            R"("content_block":{"type":"tool_use","id":"toolu_1","name":"go","input":{}})") +
      event("content_block_delta",
            R"("delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"})"));
  EXPECT_EQ(read.seen.text_bytes_min, 7);
  EXPECT_EQ(read.seen.text_bytes_max, 2 + 2 + 7);  // "go", the empty input, the arguments
}

TEST(AnthropicStream, WhatItKeepsAtTheProviderIsNamed) {
  const Read read = read_stream(
      start(R"({"input_tokens":1,"output_tokens":1})") +
          event("content_block_start",
                R"("content_block":{"type":"code_execution_tool_result","content":{"content":[)"
                R"({"type":"code_execution_output","file_id":"file_9"}]}})") +
          event("message_delta", R"("delta":{"container":{"id":"container_1"}},)"
                                 R"("usage":{"output_tokens":5})") +
          kStop,
      asking_for({Dimension::code_session}));
  EXPECT_EQ(read.ids, (std::vector<std::string>{"file_9", "container_1"}));
  EXPECT_EQ(read.seen.usage.get(Dimension::code_session), 1);
  EXPECT_EQ(read.seen.usage.get(Dimension::output), 5);
}

TEST(AnthropicStream, AnErrorEventIsOne) {
  const std::string error = event("error", R"("error":{"type":"overloaded_error","message":"x"})");
  const Read read = read_stream(text("a") + error);
  EXPECT_TRUE(read.seen.error);
  EXPECT_FALSE(read.seen.finished);
  EXPECT_EQ(read.out, text("a") + error);
}

TEST(AnthropicStream, WhatCannotBeReadIsDamaged) {
  for (const char* bytes : {"data: {\n\n", "data: 7\n\n", "data: {\"a\":\"b\"}\n\n", "data: {"}) {
    const Read read = read_stream(bytes);
    EXPECT_TRUE(read.seen.damaged) << bytes;
    EXPECT_EQ(read.out, bytes);
  }
  EXPECT_EQ(read_stream("data: {\"typ").at_cut.text_bytes_max, 11);
}

TEST(AnthropicBody, IsReadWhole) {
  const std::string body =
      R"({"id":"msg_1","type":"message","content":[{"type":"text","text":"hello"},)"
      R"({"type":"tool_use","id":"toolu_1","name":"go","input":{"a":1}}],)"
      R"("container":{"id":"container_1"},"usage":{"input_tokens":10,"output_tokens":6}})";
  const Read read = read_body(body);
  EXPECT_EQ(read.out, body);
  EXPECT_TRUE(read.seen.finished);
  EXPECT_EQ(read.seen.usage.input(), 10);
  EXPECT_EQ(read.seen.usage.output(), 6);
  EXPECT_EQ(read.seen.usage.get(Dimension::code_session), 0);  // not billed beside a search
  EXPECT_EQ(read.seen.text_bytes_min, 5);
  EXPECT_EQ(read.seen.text_bytes_max, 5 + 2 + 7);
  EXPECT_EQ(read.ids, std::vector<std::string>{"container_1"});
}

TEST(AnthropicBody, AnErrorOrGarbageHasNoUsage) {
  const Read error =
      read_body(R"({"type":"error","error":{"type":"invalid_request_error","message":"x"}})");
  EXPECT_TRUE(error.seen.error);
  EXPECT_EQ(error.seen.usage_state, UsageState::missing);
  for (const char* body : {"", "<html>", "[]", "{", "7"}) {
    EXPECT_TRUE(read_body(body).seen.damaged) << body;
  }
}

// What these numbers cost by the published prices of Opus: 40 x 5 + 30 x 0.50 + 20 x 6.25 +
// 10 x 10 + 12 x 25 micro-dollars, and two searches at a cent.
TEST(AnthropicCharge, EveryDimensionHasItsOwnRate) {
  CallTerms terms;
  terms.price.rates.set(Dimension::input, 5'000'000)
      .set(Dimension::cached_input, 500'000)
      .set(Dimension::cache_write_5m, 6'250'000)
      .set(Dimension::cache_write_1h, 10'000'000)
      .set(Dimension::output, 25'000'000)
      .set(Dimension::web_search, 10'000'000'000);
  const Read read = read_body(
      R"({"type":"message","content":[],"usage":{"input_tokens":40,"cache_read_input_tokens":30,)"
      R"("cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":20,)"
      R"("ephemeral_1h_input_tokens":10},"output_tokens":12,"service_tier":"standard",)"
      R"("server_tool_use":{"web_search_requests":2}}})");
  const Charge charge = charge_call(terms, CallEnd::answered, 200, read.seen, "");
  EXPECT_EQ(charge.actual.get(kUsd), 740'000 + 20'000'000);
  EXPECT_FALSE(charge.uncertain);
  // Another tier than the one that has a price: all that was held.
  Seen fast = read.seen;
  fast.service_tier = "standard+fast";
  EXPECT_EQ(charge_call(terms, CallEnd::answered, 200, fast, "").note, "tier");
}

}  // namespace
}  // namespace ringfence::llm
