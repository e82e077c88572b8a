// SPDX-License-Identifier: Apache-2.0
// TraceContext: which trace something belongs to, as the header `traceparent` says it (W3C).
//
// Contract: pure, but for the random ids of `child_of`. Ids are lower-case hex and never all zeros.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringfence::telemetry {

struct TraceContext {
  std::string trace_id;  // 32 digits
  std::string span_id;   // 16
  bool sampled = false;
};

// None where it is not a traceparent. A later version's is read as far as it is known.
std::optional<TraceContext> parse_traceparent(std::string_view text);
std::string format_traceparent(const TraceContext& context);

// A span of the same trace; of a new one, which is sampled, where there is no parent.
TraceContext child_of(const std::optional<TraceContext>& parent);

}  // namespace ringfence::telemetry
