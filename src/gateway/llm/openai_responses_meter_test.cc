// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_meter.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "gateway/llm/openai_responses.h"

namespace ringfence::llm {
namespace {

Seen usage_of(const std::string& usage) {
  Seen seen;
  EXPECT_TRUE(check_json(usage)) << usage;
  read_responses_usage(json_root(usage), {}, seen);
  return seen;
}

TEST(ResponsesUsage, TakesEachKindOutOfItsWhole) {
  const Seen seen =
      usage_of(R"({"input_tokens":100,"input_tokens_details":{"cached_tokens":40,)"
               R"("cache_write_tokens":30,"cache_write_tokens_details":{"ttl_30m_tokens":20,)"
               R"("ttl_12h_tokens":10}},"output_tokens":50,)"
               R"("output_tokens_details":{"reasoning_tokens":20},"total_tokens":150})");
  EXPECT_EQ(seen.usage_state, UsageState::stated);
  EXPECT_EQ(seen.usage, Usage{}
                            .set(Dimension::input, 30)
                            .set(Dimension::cached_input, 40)
                            .set(Dimension::cache_write_5m, 20)
                            .set(Dimension::cache_write_1h, 10)
                            .set(Dimension::output, 30)
                            .set(Dimension::reasoning, 20));
  EXPECT_TRUE(seen.hidden_output);
  EXPECT_FALSE(seen.unknown_dimension);
}

TEST(ResponsesUsage, FlagsTokensOfAKindThatNoPriceKnows) {
  EXPECT_TRUE(usage_of(R"({"input_tokens":9,"output_tokens":1,)"
                       R"("input_tokens_details":{"smell_tokens":1}})")
                  .unknown_dimension);
  EXPECT_FALSE(usage_of(R"({"input_tokens":9,"output_tokens":1,)"
                        R"("input_tokens_details":{"smell_tokens":0,"text_tokens":9}})")
                   .unknown_dimension);
}

TEST(ResponsesUsage, NonsenseIsNotRead) {
  for (const char* usage :
       {R"("many")", R"({})", R"({"input_tokens":1})", R"({"output_tokens":1})",
        R"({"input_tokens":"1","output_tokens":1})", R"({"input_tokens":1,"output_tokens":-1})",
        R"({"input_tokens":1,"output_tokens":1.5})",
        R"({"input_tokens":1,"output_tokens":1,"output_tokens":1})",
        R"({"input_tokens":1,"output_tokens":1,"input_tokens_details":7})",
        R"({"input_tokens":1,"output_tokens":1,"input_tokens_details":{"cached_tokens":2}})",
        R"({"input_tokens":9,"output_tokens":1,"input_tokens_details":)"
        R"({"cache_write_tokens":1,"cache_write_tokens_details":{"ttl_12h_tokens":2}}})"}) {
    EXPECT_EQ(usage_of(usage).usage_state, UsageState::nonsense) << usage;
  }
}

std::string event(const std::string& type, const std::string& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
}

// A whole conversation of events: five bytes of text, a call with seven of arguments.
const std::string kCreated =
    event("response.created",
          R"("sequence_number":0,"response":{"id":"resp_1","model":"gpt-test","status":)"
          R"("in_progress","instructions":"be long","output":[],"usage":null})");
const std::string kTextEvents =
    event("response.output_item.added",
          R"("sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message",)"
          R"("role":"assistant","status":"in_progress","content":[]})") +
    event("response.content_part.added",
          R"("sequence_number":2,"output_index":0,"item_id":"msg_1","content_index":0,)"
          R"("part":{"type":"output_text","text":"","annotations":[]})") +
    event("response.output_text.delta",
          R"("sequence_number":3,"output_index":0,"item_id":"msg_1","delta":"h\u00e9",)"
          R"("logprobs":[{"token":"h"}],"obfuscation":"xxxx")") +
    event("response.output_text.delta",
          R"("sequence_number":4,"output_index":0,"item_id":"msg_1","delta":"ll")") +
    event("response.output_text.done",
          R"("sequence_number":5,"output_index":0,"item_id":"msg_1","text":"h\u00e9ll")") +
    event("response.content_part.done",
          R"("sequence_number":6,"output_index":0,"item_id":"msg_1",)"
          R"("part":{"type":"output_text","text":"h\u00e9ll","annotations":[]})") +
    event("response.output_item.done",
          R"("sequence_number":7,"output_index":0,"item":{"id":"msg_1","type":"message",)"
          R"("role":"assistant","status":"completed","content":[{"type":"output_text",)"
          R"("text":"h\u00e9ll","annotations":[]}]})");
const std::string kToolEvents =
    event("response.output_item.added",
          R"("sequence_number":8,"output_index":1,"item":{"id":"fc_1","type":"function_call",)"
          R"("call_id":"call_1","name":"f","arguments":""})") +
    event("response.function_call_arguments.delta",
          R"("sequence_number":9,"output_index":1,"item_id":"fc_1","delta":"{\"a\":1}")") +
    event("response.function_call_arguments.done",
          R"("sequence_number":10,"output_index":1,"item_id":"fc_1","arguments":"{\"a\":1}")") +
    event("response.output_item.done",
          R"("sequence_number":11,"output_index":1,"item":{"id":"fc_1","type":"function_call",)"
          R"("call_id":"call_1","name":"f","arguments":"{\"a\":1}"})");
const std::string kOutput =
    R"([{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text",)"
    R"("text":"h\u00e9ll"}]},{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f",)"
    R"("arguments":"{\"a\":1}"}])";
const std::string kUsage = R"({"input_tokens":7,"output_tokens":6,"total_tokens":13})";
const std::string kCompleted = event(
    "response.completed", R"("sequence_number":12,"response":{"id":"resp_1","status":"completed",)"
                          R"("service_tier":"default","conversation":{"id":"conv_1"},"output":)" +
                              kOutput + R"(,"usage":)" + kUsage + "}");

struct Streamed {
  std::string out;
  Seen seen;
  std::vector<std::string> ids;
};

Streamed stream(const std::string& text, std::size_t piece = 64) {
  ResponsesStreamMeter meter;
  Streamed result;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    meter.feed(std::string_view(text).substr(at, piece), result.out);
  }
  meter.end(result.out);
  result.seen = meter.seen();
  result.ids = meter.object_ids();
  return result;
}

TEST(ResponsesStreamMeter, CountsEachTextOnceHoweverOftenItIsTold) {
  const std::string text = ": hi\n\n" + kCreated + kTextEvents + kToolEvents + kCompleted;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const Streamed got = stream(text, piece);
    EXPECT_EQ(got.out, text);
    EXPECT_EQ(got.seen.text_bytes_max, 5 + 1 + 7);
    EXPECT_EQ(got.seen.text_bytes_min, 5 + 7);
    EXPECT_EQ(got.seen.usage, Usage{}.set(Dimension::input, 7).set(Dimension::output, 6));
    EXPECT_EQ(got.seen.service_tier, "default");
    EXPECT_TRUE(got.seen.finished);
    EXPECT_FALSE(got.seen.damaged);
    EXPECT_FALSE(got.seen.hidden_output);
    EXPECT_EQ(got.ids, (std::vector<std::string>{"resp_1", "msg_1", "fc_1", "conv_1"}));
  }
  EXPECT_FALSE(stream(kCreated + kTextEvents + kToolEvents).seen.finished);
}

TEST(ResponsesStreamMeter, AnyOneTellingIsEnough) {
  for (const char* part : {"response.output_text.delta", "response.output_text.done"}) {
    const std::string key = std::string(part).ends_with("delta") ? "delta" : "text";
    EXPECT_EQ(
        stream(event(part, "\"output_index\":0,\"" + key + "\":\"hello\"")).seen.text_bytes_max, 5)
        << part;
  }
  EXPECT_EQ(stream(event("response.output_item.done",
                         R"("output_index":3,"item":{"type":"custom_tool_call","input":"hello"})"))
                .seen.text_bytes_max,
            5);
  EXPECT_EQ(stream(event("response.completed", R"("response":{"output":)" + kOutput + "}"))
                .seen.text_bytes_max,
            13);
  EXPECT_EQ(stream(event("response.something_new", R"("words":["hello"])")).seen.text_bytes_max, 5);
  EXPECT_EQ(
      stream(event("response.output_text.delta", R"("output_index":99999999999,"delta":"hello")"))
          .seen.text_bytes_max,
      5);
}

TEST(ResponsesStreamMeter, EveryEndIsAnEnd) {
  for (const char* type : {"response.completed", "response.incomplete", "response.failed"}) {
    EXPECT_TRUE(stream(event(type, R"("response":{"id":"r"})")).seen.finished) << type;
  }
  EXPECT_FALSE(stream(event("response.in_progress", R"("response":{"id":"r"})")).seen.finished);
  EXPECT_TRUE(stream(event("error", R"("message":"x")")).seen.error);
  EXPECT_TRUE(stream(event("response.failed", R"("response":{"error":{"code":"x"}})")).seen.error);
}

TEST(ResponsesStreamMeter, ReasoningIsHidden) {
  for (const std::string& text :
       {event("response.reasoning_summary_text.delta", R"("output_index":0,"delta":"hm")"),
        event("response.output_item.added", R"("output_index":0,"item":{"type":"reasoning"})"),
        event("response.completed", R"("response":{"output":[{"type":"reasoning"}]})")}) {
    EXPECT_TRUE(stream(text).seen.hidden_output) << text;
  }
}

std::string done(const std::string& item) {
  return event("response.output_item.done", "\"output_index\":0,\"item\":{" + item + "}");
}
std::string completed(const std::string& members) {
  return event("response.completed", R"("response":{)" + members + R"(,"usage":)" + kUsage + "}");
}

TEST(ResponsesStreamMeter, CountsWhatRanAtTheProvider) {
  const std::string search = R"("type":"web_search_call","action":{"type":"search"})";
  const std::string opened = R"("type":"web_search_call","action":{"type":"open_page"})";
  const std::string code = R"("type":"code_interpreter_call","container_id":"cntr_1")";
  const std::string told = done(search) + done(opened) + done(search) + done(code) + done(code) +
                           done(R"("type":"file_search_call")");
  const Streamed got = stream(told + completed(R"("output":[])"));
  EXPECT_EQ(got.seen.usage.get(Dimension::web_search), 2);
  EXPECT_EQ(got.seen.usage.get(Dimension::file_search), 1);
  EXPECT_EQ(got.seen.usage.get(Dimension::code_session), 1) << "one container, one session";
  EXPECT_EQ(got.ids, std::vector<std::string>{"cntr_1"});
  // Told again in the last event: not counted twice.
  EXPECT_EQ(
      stream(told + completed("\"output\":[{" + search + "},{" + search + "},{" + code + "}]"))
          .seen.usage.get(Dimension::web_search),
      2);
  EXPECT_EQ(stream(told + completed(R"("tool_usage":{"web_search":{"num_requests":5}})"))
                .seen.usage.get(Dimension::web_search),
            5);
  EXPECT_FALSE(got.seen.unknown_dimension);
  EXPECT_TRUE(stream(done(R"("type":"image_generation_call")")).seen.unknown_dimension);
}

TEST(ResponsesStreamMeter, DamageIsSeen) {
  EXPECT_TRUE(stream("data: {\"x\n\n").seen.damaged);
  EXPECT_TRUE(stream("data: 5\n\n").seen.damaged);
  EXPECT_TRUE(stream("data: {}\n\ndata: {").seen.damaged);
  EXPECT_FALSE(stream("data: [DONE]\n\n").seen.damaged);
  // As long as a last event that repeats a whole conversation.
  const std::string long_text(1024 * 1024, 'x');
  const Streamed long_end = stream(completed(R"("instructions":")" + long_text + "\""), 16 * 1024);
  EXPECT_FALSE(long_end.seen.damaged);
  EXPECT_EQ(long_end.seen.usage.input(), 7);
}

TEST(ResponsesStreamMeter, WhatIsHeldBackCountsAtACut) {
  ResponsesStreamMeter meter;
  std::string out;
  meter.feed(kCreated + kTextEvents + "data: {\"type\":\"", out);
  EXPECT_EQ(out, kCreated + kTextEvents);
  EXPECT_EQ(meter.seen().text_bytes_max, 5);
  EXPECT_EQ(meter.seen_at_cut().text_bytes_max, 5 + 15);
  EXPECT_TRUE(ResponsesBodyMeter().seen_at_cut().damaged);
}

TEST(ResponsesStreamMeter, ItsErrorEventGoesOnWithTheStream) {
  ResponsesStreamMeter meter;
  std::string out;
  meter.feed(kCreated + kTextEvents, out);
  const auto text = meter.error_event("halted", "Stop.", "d-1");
  ASSERT_TRUE(text);
  const std::string head = "event: response.failed\ndata: ";
  ASSERT_TRUE(text->starts_with(head) && text->ends_with("}\n\n")) << *text;
  const auto data = Json::parse(text->substr(head.size(), text->size() - head.size() - 2));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->text(),
            R"({"type":"response.failed","sequence_number":8,"response":{"id":"resp_1",)"
            R"("object":"response","status":"failed","error":{"code":"insufficient_quota",)"
            R"("message":"Stop."},"incomplete_details":null,"model":"gpt-test","output":[],)"
            R"("usage":null},"error":{"message":"Stop.","type":"ringfence_halted","code":"halted",)"
            R"("param":null,"metadata":{"reason":"halted","decision_id":"d-1"}}})");
  EXPECT_NE(meter.error_event("upstream_broken", "x", "")->find(R"("code":"server_error")"),
            std::string::npos);
  // The same to a meter of this wire: an end.
  EXPECT_TRUE(stream(*text).seen.finished);
}

TEST(ResponsesBodyMeter, ReadsAWholeBody) {
  const std::string body = R"({"id":"resp_1","object":"response","service_tier":"flex","output":)" +
                           kOutput + R"(,"usage":)" + kUsage + "}";
  ResponsesBodyMeter meter;
  std::string out;
  for (const char c : body) meter.feed(std::string_view(&c, 1), out);
  meter.end(out);
  EXPECT_EQ(out, body);
  EXPECT_EQ(meter.seen().usage, Usage{}.set(Dimension::input, 7).set(Dimension::output, 6));
  EXPECT_EQ(meter.seen().text_bytes_max, 13);
  EXPECT_EQ(meter.seen().text_bytes_min, 12);
  EXPECT_EQ(meter.seen().service_tier, "flex");
  EXPECT_TRUE(meter.seen().finished);
  EXPECT_EQ(meter.object_ids(), (std::vector<std::string>{"resp_1", "msg_1", "fc_1"}));
}

TEST(OpenAiResponses, RefusesWithTheStatusThatItsClientsObey) {
  const OpenAiResponses wire;
  Refusal refusal;
  refusal.reason = Reason::exhausted;
  const WireAnswer answer = wire.refusal(refusal, wire.final_status());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.should_retry, false);
  refusal.reason = Reason::busy;
  EXPECT_EQ(wire.refusal(refusal, wire.final_status()).status, 429);
  EXPECT_TRUE(wire.serves("/v1/responses"));
  EXPECT_FALSE(wire.serves("/v1/responses/resp_1"));
}

}  // namespace
}  // namespace ringfence::llm
