// SPDX-License-Identifier: Apache-2.0
#include "telemetry/span.h"

#include <gtest/gtest.h>

#include <array>

namespace ringfence::telemetry {
namespace {

constexpr std::string_view kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContext, IsReadAsTheStandardSays) {
  const auto read = parse_traceparent(kParent);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(read->span_id, "b7ad6b7169203331");
  EXPECT_TRUE(read->sampled);
  EXPECT_EQ(format_traceparent(*read), kParent);
  EXPECT_FALSE(
      parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02")->sampled);
  EXPECT_TRUE(parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  for (const char* bad : {
           "",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
       }) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
}

TEST(TraceContext, AChildStaysInItsTrace) {
  const auto parent = parse_traceparent(kParent);
  const TraceContext child = child_of(parent);
  EXPECT_EQ(child.trace_id, parent->trace_id);
  EXPECT_NE(child.span_id, parent->span_id);
  const TraceContext fresh = child_of(std::nullopt);
  EXPECT_TRUE(parse_traceparent(format_traceparent(fresh)));
  EXPECT_NE(fresh.trace_id, child_of(std::nullopt).trace_id);
}

TEST(OtlpJson, HasTheFieldsOfTheProtocol) {
  TraceSpan span;
  span.context = *parse_traceparent(kParent);
  span.parent_span_id = "00f067aa0ba902b7";
  span.name = "chat m";
  span.started = Time{1'793'872'800'000'001};
  span.ended = Time{1'793'872'801'000'000};
  span.attributes = {
      {"text", std::string("a\"b")}, {"count", std::int64_t{7}}, {"usd", Json::Number{"0.000165"}}};
  span.failed = true;
  const std::array<TraceSpan, 1> spans = {span};
  EXPECT_EQ(
      otlp_json(spans, {{"service.name", std::string("ringfence")}}, "1"),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":)"
      R"({"stringValue":"ringfence"}}]},"scopeSpans":[{"scope":{"name":"ringfence","version":"1"},)"
      R"("spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",)"
      R"("parentSpanId":"00f067aa0ba902b7","name":"chat m","kind":3,)"
      R"("startTimeUnixNano":"1793872800000001000","endTimeUnixNano":"1793872801000000000",)"
      R"("attributes":[{"key":"text","value":{"stringValue":"a\"b"}},)"
      R"({"key":"count","value":{"intValue":"7"}},{"key":"usd","value":{"doubleValue":0.000165}}],)"
      R"("status":{"code":2}}]}]}]})");
}

}  // namespace
}  // namespace ringfence::telemetry
