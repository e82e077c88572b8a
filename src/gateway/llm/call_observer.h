// SPDX-License-Identifier: Apache-2.0
// CallObserver: counts what became of calls, and makes a span of each where a tracer is given.
//
// Contract: one thread, like the gateway; never waits and cannot fail a call.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "gateway/llm/call_report.h"
#include "http/headers.h"
#include "telemetry/tracer.h"

namespace ringfence::llm {

class CallObserver {
 public:
  CallObserver(std::shared_ptr<Metrics> metrics, std::shared_ptr<telemetry::Tracer> tracer);

  void began(CallReport& report, const http::Headers& headers) const;
  // What the provider is told of the trace; empty: what the client said.
  static std::string traceparent_of(const CallReport& report);
  // On the monotonic clock.
  static Duration since(Duration begun);
  // A refusal of ours, whoever decided it.
  void refused(Reason reason);
  void upstream_ended(const CallReport& report);
  // `status`: what the client got.
  void ended(const CallReport& report, int status);

  // Streamed answers that are on their way; counted for as long as this lives.
  class OpenStream {
   public:
    explicit OpenStream(CallObserver& observer) : streams_(observer.streams_) { streams_.add(1); }
    ~OpenStream() { streams_.add(-1); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

   private:
    Gauge& streams_;
  };

 private:
  const std::shared_ptr<Metrics> metrics_;
  const std::shared_ptr<telemetry::Tracer> tracer_;
  Gauge& streams_;
};

// The span of a call that is over; its context must be set.
telemetry::TraceSpan span_of(const CallReport& report, int status, Time ended);

}  // namespace ringfence::llm
