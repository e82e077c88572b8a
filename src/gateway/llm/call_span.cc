// SPDX-License-Identifier: Apache-2.0
// A call as a span, with the attributes of OpenTelemetry's conventions for generative AI.
#include "base/money.h"
#include "gateway/llm/call_observer.h"

namespace ringfence::llm {
namespace {

std::string operation_of(const CallReport& report) {
  if (report.counts_tokens) return "count_tokens";
  if (report.wire.find("embeddings") != std::string_view::npos) return "embeddings";
  return report.family == "gemini" ? "generate_content" : "chat";
}

std::string vendor_of(std::string_view family) {
  return family == "gemini" ? "gcp.gemini" : std::string(family);
}

// What went wrong, as one word; empty: nothing.
std::string failure_of(const CallReport& report, int status) {
  if (report.refused) return std::string(to_string(*report.refused));
  if (report.end == CallEnd::cut && report.upstream_status != 0) return "cut";
  if (report.end == CallEnd::broken) return "broken";
  return status >= 400 || status == 0 ? std::to_string(status) : std::string();
}

Json::Number usd(std::int64_t nano) { return {Money::from_nano(nano).text()}; }

}  // namespace

telemetry::TraceSpan span_of(const CallReport& report, int status, Time ended) {
  telemetry::TraceSpan span;
  span.context = *report.trace;
  if (report.parent) span.parent_span_id = report.parent->span_id;
  span.started = report.started;
  span.ended = ended;
  const std::string operation = operation_of(report);
  span.name = operation + " " + report.model;
  auto& attributes = span.attributes;
  const auto add = [&attributes](const char* key, telemetry::SpanValue value) {
    attributes.emplace_back(key, std::move(value));
  };
  add("gen_ai.operation.name", operation);
  add("gen_ai.provider.name", vendor_of(report.family));
  add("gen_ai.request.model", report.model);
  if (report.usage) {
    add("gen_ai.usage.input_tokens", report.usage->input());
    add("gen_ai.usage.output_tokens", report.usage->output());
    add("gen_ai.usage.cache_read.input_tokens", report.usage->get(Dimension::cached_input));
  }
  add("ringfence.wire", std::string(report.wire));
  add("ringfence.account", report.account);
  add("ringfence.run", report.run);
  if (!report.provider.empty()) {
    add("ringfence.provider", report.provider);
    add("ringfence.provider_model", report.provider_model);
  }
  add("ringfence.decision", std::string(report.held_nano ? "allow" : "refuse"));
  if (!report.decision_id.empty()) add("ringfence.decision_id", report.decision_id);
  if (report.refused) add("ringfence.reason", std::string(to_string(*report.refused)));
  if (report.held_nano) add("ringfence.held_usd", usd(*report.held_nano));
  if (report.cost_nano) add("ringfence.cost_usd", usd(*report.cost_nano));
  if (status != 0) add("http.response.status_code", std::int64_t{status});
  if (std::string failure = failure_of(report, status); !failure.empty()) {
    add("error.type", std::move(failure));
    span.failed = true;
  }
  return span;
}

}  // namespace ringfence::llm
