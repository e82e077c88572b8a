// SPDX-License-Identifier: Apache-2.0
// CallReport: what became of one request on a wire, for those who watch and do not decide.
//
// Contract: a plain value, filled as the call goes and shown to a CallObserver. It has names,
// counts and amounts, never content or a key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "engine/refusal.h"
#include "gateway/llm/charge.h"
#include "pricing/usage.h"
#include "telemetry/trace_context.h"

namespace ringfence::llm {

struct CallReport {
  std::string_view wire;    // a dialect's name
  std::string_view family;  // and family
  std::string account, run;
  std::string model;  // asked for
  bool counts_tokens = false;
  Time started;

  // The last decision.
  std::string decision_id;
  std::optional<Reason> refused;
  std::optional<std::int64_t> held_nano;

  // The last attempt upstream.
  std::string provider, provider_model;
  Duration begun;  // on the monotonic clock; `took` and `first_byte` from then
  std::optional<Duration> first_byte;
  Duration took;
  CallEnd end = CallEnd::never_sent;
  int upstream_status = 0;  // 0: none came
  std::optional<Usage> usage;
  std::optional<std::int64_t> cost_nano;

  // Where spans are made of calls.
  std::optional<telemetry::TraceContext> parent, trace;
};

}  // namespace ringfence::llm
