// SPDX-License-Identifier: Apache-2.0
// Span: one piece of work in a trace, as a collector takes it; and its JSON form (OTLP).
//
// Contract: plain values. A number that is no integer is given as its decimal text, so that no
// amount passes through a binary float here.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "telemetry/trace_context.h"

namespace ringfence::telemetry {

using SpanValue = std::variant<std::string, std::int64_t, bool, Json::Number>;
using SpanAttributes = std::vector<std::pair<std::string, SpanValue>>;

struct TraceSpan {
  TraceContext context;
  std::string parent_span_id;  // empty: none
  std::string name;
  Time started, ended;
  SpanAttributes attributes;
  bool failed = false;
};

// The body of an export request.
std::string otlp_json(std::span<const TraceSpan> spans, const SpanAttributes& resource,
                      std::string_view version);

}  // namespace ringfence::telemetry
