// SPDX-License-Identifier: Apache-2.0
// Tracer: takes finished spans and sends them to a collector, OTLP over HTTP as JSON.
//
// Contract: thread-safe. `record` never waits: it puts the span into a bounded queue, or drops and
// counts it. A thread of its own writes and sends batches, one at a time; what the collector does
// or fails to do reaches no caller. A batch that it cannot take now is tried again a few times and
// then dropped and counted. The destructor sends what is queued, for at most `end_time`.
//
// Limitations: no credentials for the collector, no compression: meant for one nearby.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/result.h"
#include "telemetry/span.h"

namespace ringfence::telemetry {

struct TracerOptions {
  std::string endpoint;  // "http://127.0.0.1:4318"; "/v1/traces" is added where it is missing
  std::string version;   // of this program
  std::shared_ptr<Metrics> metrics;  // default: counted for nobody
  std::size_t queue_max = 4'096;     // spans
  std::size_t batch_max = 256;
  Duration interval = Duration::seconds(2);  // between two looks at the queue
  Duration send_time = Duration::seconds(5);
  Duration end_time = Duration::seconds(2);
};

class Tracer {
 public:
  virtual ~Tracer() = default;
  // Errors: `invalid` (the address).
  static Result<std::unique_ptr<Tracer>> open(TracerOptions options);
  virtual void record(TraceSpan span) = 0;
};

}  // namespace ringfence::telemetry
