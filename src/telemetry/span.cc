// SPDX-License-Identifier: Apache-2.0
#include "telemetry/span.h"

namespace ringfence::telemetry {
namespace {

constexpr int kKindClient = 3;
constexpr int kStatusError = 2;

std::string unix_nano(Time time) { return std::to_string(time.us) + "000"; }

Json json_of(const SpanValue& value) {
  Json json;
  if (const auto* text = std::get_if<std::string>(&value)) {
    json.set("stringValue", *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    json.set("intValue", std::to_string(*integer));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    json.set("boolValue", *flag);
  } else {
    json.set("doubleValue", std::get<Json::Number>(value));
  }
  return json;
}

Json json_of(const SpanAttributes& attributes) {
  Json list = Json::Array{};
  for (const auto& [key, value] : attributes) {
    Json one;
    one.set("key", key).set("value", json_of(value));
    list.push(std::move(one));
  }
  return list;
}

Json json_of(const TraceSpan& span) {
  Json json;
  json.set("traceId", span.context.trace_id).set("spanId", span.context.span_id);
  if (!span.parent_span_id.empty()) json.set("parentSpanId", span.parent_span_id);
  json.set("name", span.name).set("kind", kKindClient);
  json.set("startTimeUnixNano", unix_nano(span.started));
  json.set("endTimeUnixNano", unix_nano(span.ended));
  json.set("attributes", json_of(span.attributes));
  Json status = Json::Object{};
  if (span.failed) status.set("code", kStatusError);
  json.set("status", std::move(status));
  return json;
}

Json list_of(Json one) {
  Json list = Json::Array{};
  list.push(std::move(one));
  return list;
}

}  // namespace

std::string otlp_json(std::span<const TraceSpan> spans, const SpanAttributes& resource,
                      std::string_view version) {
  Json list = Json::Array{};
  for (const TraceSpan& span : spans) list.push(json_of(span));
  Json scope;
  scope.set("name", "ringfence").set("version", version);
  Json scope_spans;
  scope_spans.set("scope", std::move(scope)).set("spans", std::move(list));
  Json attributes;
  attributes.set("attributes", json_of(resource));
  Json resource_spans;
  resource_spans.set("resource", std::move(attributes));
  resource_spans.set("scopeSpans", list_of(std::move(scope_spans)));
  Json body;
  body.set("resourceSpans", list_of(std::move(resource_spans)));
  return body.text();
}

}  // namespace ringfence::telemetry
